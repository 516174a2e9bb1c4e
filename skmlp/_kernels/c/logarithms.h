/* The logarithm, log(1 + x), e^x − 1, the error function and its complement, for all x: as
   in elementary.h, the same bits on every platform, and loops that vectorise. */
#ifndef SKMLP_LOGARITHMS_H
#define SKMLP_LOGARITHMS_H

#include "elementary.h"

#define SKMLP_THIS_FILE "logarithms.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* log x, NaN for x < 0. With x = m·2^e, √½ ≤ m < √2, f = m − 1 and s = f / (2 + f),
   log m = 2·artanh s = f − s·(f − R), where R = ⅔s² + ⅖s⁴ + … */
SKMLP_INLINE REAL NAME(logarithm)(REAL x)
{
    /* Numbers below the normal range are lifted into it. The bits of the exponent become
       a number as the last bits of one: no conversion of integers is needed. */
#if SKMLP_DOUBLE
    const double smallest = 2.2250738585072014e-308, lift = 18014398509481984.0;
    const double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    union { double real; uint64_t bits; } m, power;
    m.real = x < smallest ? x * lift : x;
    m.bits += 0x3FF0000000000000ULL - 0x3FE6A09E667F3BCDULL; /* 1 and √½ */
    power.bits = (m.bits >> 52) | 0x4330000000000000ULL;     /* 2^52 + the exponent */
    double e = power.real - (4503599627370496.0 + 1023.0);
    e = x < smallest ? e - 54.0 : e;
    m.bits = (m.bits & 0x000FFFFFFFFFFFFFULL) + 0x3FE6A09E667F3BCDULL;
#else
    const float smallest = 1.17549435e-38f, lift = 33554432.0f;
    const float high = 6.9313812256e-01f, low = 9.0580006145e-06f;
    union { float real; uint32_t bits; } m, power;
    m.real = x < smallest ? x * lift : x;
    m.bits += 0x3F800000U - 0x3F3504F3U;
    power.bits = (m.bits >> 23) | 0x4B000000U;
    float e = power.real - (8388608.0f + 127.0f);
    e = x < smallest ? e - 25.0f : e;
    m.bits = (m.bits & 0x007FFFFFU) + 0x3F3504F3U;
#endif
    REAL f = m.real - R(1), s = f / (R(2) + f), q = s * s;
#if SKMLP_DOUBLE
    REAL p = R(0.08695652173913043);
    p = p * q + R(0.09523809523809523);
    p = p * q + R(0.10526315789473684);
    p = p * q + R(0.11764705882352941);
    p = p * q + R(0.13333333333333333);
    p = p * q + R(0.15384615384615385);
    p = p * q + R(0.18181818181818182);
    p = p * q + R(0.2222222222222222);
    p = p * q + R(0.2857142857142857);
    p = p * q + R(0.4);
    p = p * q + R(0.6666666666666666);
#else
    REAL p = R(0.18181818181818182);
    p = p * q + R(0.2222222222222222);
    p = p * q + R(0.2857142857142857);
    p = p * q + R(0.4);
    p = p * q + R(0.6666666666666666);
#endif
    REAL y = e * high - ((s * (f - q * p) - e * low) - f);
    y = x < R(INFINITY) ? y : x; /* infinity, and NaN */
    y = x > 0 ? y : (x == 0 ? R(-INFINITY) : y * R(NAN));
    return x != x ? x : y;
}

/* log(1 + x). The sum u = 1 + x is rounded; (x − (u − 1)) / u is what it lost. */
SKMLP_INLINE REAL NAME(logarithm_of_one_plus)(REAL x)
{
    REAL u = R(1) + x, lost = (x - (u - R(1))) / u;
    lost = u > 0 && u < R(INFINITY) ? lost : 0;
    return NAME(logarithm)(u) + lost;
}

/* e^x − 1 for any x; for |x| < 1 from t = tanh(x / 2). */
SKMLP_INLINE REAL NAME(expm1)(REAL x)
{
    REAL clipped = x > R(1) ? R(1) : (x < R(-1) ? R(-1) : x);
    REAL t = NAME(hyperbolic_tangent)(R(0.5) * clipped);
    REAL near = R(2) * t / (R(1) - t), far = NAME(exponential)(x) - R(1);
    return x > R(-1) && x < R(1) ? near : far;
}

/* e^(−x²) for x ≥ 0, also where x² is rounded too much: x² is a square of few digits, and
   the rest, of which few terms of the series are enough. */
SKMLP_INLINE REAL NAME(bell)(REAL x)
{
#if SKMLP_DOUBLE
    union { double real; uint64_t bits; } few;
    few.real = x;
    few.bits &= 0xFFFFFFFFF8000000ULL;
#else
    union { float real; uint32_t bits; } few;
    few.real = x;
    few.bits &= 0xFFFFF000U;
#endif
    REAL rest = (few.real - x) * (few.real + x); /* −0.1 < rest ≤ 0 where y > 0 */
    REAL y = NAME(exponential)(-few.real * few.real);
    REAL p = R(1) + rest * (R(1) / 5), series;
    p = R(1) + rest * p * R(0.25);
    p = R(1) + rest * p * (R(1) / 3);
    p = R(1) + rest * p * R(0.5);
    series = R(1) + rest * p;
    return y > 0 ? y * series : y;
}

/* erf x for |x| < 1/2, by its series. */
SKMLP_INLINE REAL NAME(erf_near_zero)(REAL x)
{
    REAL q = x * x;
#if SKMLP_DOUBLE
    REAL p = R(-6.7113668551641105e-12);
    p = p * q + R(9.422759064650411e-11);
    p = p * q + R(-1.2290555301717926e-09);
    p = p * q + R(1.4807192815879218e-08);
    p = p * q + R(-1.6365844691234924e-07);
    p = p * q + R(1.6462114365889246e-06);
    p = p * q + R(-1.492565035840625e-05);
    p = p * q + R(0.00012055332981789664);
    p = p * q + R(-0.0008548327023450852);
    p = p * q + R(0.005223977625442188);
    p = p * q + R(-0.026866170645131252);
    p = p * q + R(0.11283791670955126);
    p = p * q + R(-0.37612638903183754);
    p = p * q + R(1.1283791670955126);
#else
    REAL p = R(-1.492565035840625e-05);
    p = p * q + R(0.00012055332981789664);
    p = p * q + R(-0.0008548327023450852);
    p = p * q + R(0.005223977625442188);
    p = p * q + R(-0.026866170645131252);
    p = p * q + R(0.11283791670955126);
    p = p * q + R(-0.37612638903183754);
    p = p * q + R(1.1283791670955126);
#endif
    return x * p;
}

SKMLP_INLINE REAL NAME(error_function)(REAL x)
{
    REAL size = x < 0 ? -x : x;
    REAL far = R(1) - NAME(bell)(size) * NAME(scaled_erfc)(size);
    far = x < 0 ? -far : far;
    far = size > R(10) ? (x < 0 ? R(-1) : R(1)) : far;
    return size < R(0.5) ? NAME(erf_near_zero)(x) : far;
}

/* 1 − erf x, with all its digits for large x. */
SKMLP_INLINE REAL NAME(complementary_error_function)(REAL x)
{
    REAL size = x < 0 ? -x : x;
    REAL tail = size > R(30) ? 0 : NAME(bell)(size) * NAME(scaled_erfc)(size);
    REAL far = x < 0 ? R(2) - tail : tail;
    return size < R(0.5) ? R(1) - NAME(erf_near_zero)(x) : far;
}

#include "end_of_type.h"
#endif
