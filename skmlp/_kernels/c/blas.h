/* The functions of BLAS that kernels are handed, with Fortran's arguments. */
#ifndef SKMLP_BLAS_H
#define SKMLP_BLAS_H

typedef void (*skmlp_dgemm)(char *, char *, int *, int *, int *, double *, double *, int *,
                            double *, int *, double *, double *, int *);
typedef void (*skmlp_sgemm)(char *, char *, int *, int *, int *, float *, float *, int *,
                            float *, int *, float *, float *, int *);
typedef void (*skmlp_dsyrk)(char *, char *, int *, int *, double *, double *, int *,
                            double *, double *, int *);
typedef void (*skmlp_ssyrk)(char *, char *, int *, int *, float *, float *, int *,
                            float *, float *, int *);

#endif
