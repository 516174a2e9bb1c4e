/* exp, tanh, logistic, softplus and log(1 + u): the package's own, so that every platform
   gives the same bits, in a form that compilers vectorise without -ffast-math. Errors are
   a few units in the last place; the tests compare them with NumPy's. */
#ifndef SKMLP_ELEMENTARY_H
#define SKMLP_ELEMENTARY_H

#include "platform.h"

#define SKMLP_THIS_FILE "elementary.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

#if SKMLP_DOUBLE

static inline double NAME(exponential)(double x)
{
    /* x = n·log 2 + r with |r| ≤ ½·log 2: after the addition of 1.5·2^52, n is in the
       low bits. Below −708 the result is 0, above 709 infinite. The bits are unsigned,
       because those of NaN leave the range of a signed shift; NaN is the result. */
    const double shift = 6755399441055744.0;
    double clipped = x < -708.0 ? -708.0 : (x > 709.0 ? 709.0 : x);
    union { double real; uint64_t bits; } n, power;
    n.real = clipped * 1.4426950408889634 + shift;
    double whole = n.real - shift;
    double r = clipped - whole * 6.93147180369123816490e-01;
    r = r - whole * 1.90821492927058770002e-10;
    double p = (1.6059043836821613e-10);
    p = p * r + (2.08767569878681e-09);
    p = p * r + (2.505210838544172e-08);
    p = p * r + (2.755731922398589e-07);
    p = p * r + (2.7557319223985893e-06);
    p = p * r + (2.48015873015873e-05);
    p = p * r + (0.0001984126984126984);
    p = p * r + (0.001388888888888889);
    p = p * r + (0.008333333333333333);
    p = p * r + (0.041666666666666664);
    p = p * r + (0.16666666666666666);
    p = p * r + (0.5);
    p = p * (r * r) + r;
    power.bits = (n.bits - 0x4338000000000000ULL + 1023) << 52;
    double y = p * power.real + power.real;
    y = x < -708.0 ? 0.0 : y;
    return x > 709.0 ? (double)INFINITY : y;
}

#else

static inline float NAME(exponential)(float x)
{
    const float shift = 12582912.0f; /* 1.5·2^23 */
    float clipped = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
    union { float real; uint32_t bits; } n, power;
    n.real = clipped * 1.44269504f + shift;
    float whole = n.real - shift;
    float r = clipped - whole * 6.93145752e-01f;
    r = r - whole * 1.42860677e-06f;
    float p = R(0.0001984126984126984);
    p = p * r + R(0.001388888888888889);
    p = p * r + R(0.008333333333333333);
    p = p * r + R(0.041666666666666664);
    p = p * r + R(0.16666666666666666);
    p = p * r + R(0.5);
    p = p * (r * r) + r;
    power.bits = (n.bits - 0x4B400000U + 127) << 23;
    float y = p * power.real + power.real;
    y = x < -87.0f ? 0.0f : y;
    return x > 88.0f ? (float)INFINITY : y;
}

#endif

/* log(1 + u) for 0 ≤ u ≤ 1, by the series of 2·artanh(u / (2 + u)). */
static inline REAL NAME(log_one_plus)(REAL u)
{
    REAL s = u / (R(2) + u), q = s * s;
#if SKMLP_DOUBLE
    REAL p = R(0.02857142857142857);
    p = p * q + R(0.030303030303030304);
    p = p * q + R(0.03225806451612903);
    p = p * q + R(0.034482758620689655);
    p = p * q + R(0.037037037037037035);
    p = p * q + R(0.04);
    p = p * q + R(0.043478260869565216);
    p = p * q + R(0.047619047619047616);
    p = p * q + R(0.05263157894736842);
    p = p * q + R(0.058823529411764705);
    p = p * q + R(0.06666666666666667);
    p = p * q + R(0.07692307692307693);
    p = p * q + R(0.09090909090909091);
    p = p * q + R(0.1111111111111111);
    p = p * q + R(0.14285714285714285);
    p = p * q + R(0.2);
    p = p * q + R(0.3333333333333333);
    p = p * q + R(1.0);
#else
    REAL p = R(0.058823529411764705);
    p = p * q + R(0.06666666666666667);
    p = p * q + R(0.07692307692307693);
    p = p * q + R(0.09090909090909091);
    p = p * q + R(0.1111111111111111);
    p = p * q + R(0.14285714285714285);
    p = p * q + R(0.2);
    p = p * q + R(0.3333333333333333);
    p = p * q + R(1.0);
#endif
    return R(2) * s * p;
}

/* Near zero a Padé approximant; elsewhere (1 − e) / (1 + e) with e = exp(−2|x|). */
static inline REAL NAME(hyperbolic_tangent)(REAL x)
{
    REAL a = x < 0 ? -x : x, q = x * x;
    REAL near = x * (R(135135) + q * (R(17325) + q * (R(378) + q)))
        / (R(135135) + q * (R(62370) + q * (R(3150) + q * R(28))));
    REAL e = NAME(exponential)(R(-2) * a);
    REAL far = (R(1) - e) / (R(1) + e);
    far = x < 0 ? -far : far;
    return a < R(0.5) ? near : far;
}

static inline REAL NAME(logistic)(REAL z)
{
    REAL e = NAME(exponential)(z < 0 ? z : -z);
    return (z < 0 ? e : R(1)) / (R(1) + e);
}

static inline REAL NAME(softplus)(REAL z)
{
    REAL e = NAME(exponential)(z < 0 ? z : -z);
    return (z > 0 ? z : R(0)) + NAME(log_one_plus)(e);
}

/* e^(x²)·erfc x for x ≥ 0, from Chebyshev's series of (1 + 2x) times that in
   (x − 3.75) / (x + 3.75) (Shepherd and Laframboise 1981). */
SKMLP_INLINE REAL NAME(scaled_erfc)(REAL x)
{
    REAL u = (x - R(3.75)) / (x + R(3.75));
#if SKMLP_DOUBLE
    REAL p = R(-2.7293941332533855e-09);
    p = p * u + R(-1.952790162974837e-09);
    p = p * u + R(3.256499083798513e-08);
    p = p * u + R(1.8778501156468795e-08);
    p = p * u + R(-2.4996538037405243e-07);
    p = p * u + R(-5.0816911811698186e-08);
    p = p * u + R(1.7438577411359181e-06);
    p = p * u + R(-9.79297529099823e-07);
    p = p * u + R(-1.143961526007595e-05);
    p = p * u + R(2.238759272534769e-05);
    p = p * u + R(5.164737123871838e-05);
    p = p * u + R(-0.0002901553656394713);
    p = p * u + R(0.00029371408777227685);
    p = p * u + R(0.0017556261692276722);
    p = p * u + R(-0.00974657962081509);
    p = p * u + R(0.028362277371370044);
    p = p * u + R(-0.058693398584491845);
    p = p * u + R(0.09230432116435616);
    p = p * u + R(-0.10880393014193915);
    p = p * u + R(0.08227673848999159);
    p = p * u + R(0.0035854154854663067);
    p = p * u + R(-0.14024059858554522);
    p = p * u + R(1.2375126308378275);
#else
    REAL p = R(-0.00022874723359084774);
    p = p * u + R(0.0003967046382800549);
    p = p * u + R(0.0016886622311156746);
    p = p * u + R(-0.009845491094959295);
    p = p * u + R(0.02839648212065827);
    p = p * u + R(-0.0586459828677125);
    p = p * u + R(0.092296367961203);
    p = p * u + R(-0.10881458496174144);
    p = p * u + R(0.08227741756036867);
    p = p * u + R(0.003586310101688852);
    p = p * u + R(-0.14024060801000693);
    p = p * u + R(1.2375126184625718);
#endif
    return p / (R(1) + R(2) * x);
}

/* e^x − 1 for x ≤ 0, with all its digits near zero. */
static inline REAL NAME(exponential_minus_one)(REAL x)
{
    REAL t = NAME(hyperbolic_tangent)(R(0.5) * x);
    return R(2) * t / (R(1) - t);
}

#include "end_of_type.h"
#endif
