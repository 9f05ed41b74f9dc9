# sticky spheres (CSS), 50:50 mixture, density 0.6, cut-off at 1.2 times the minimum
variable potentials index potentials
pair_style table spline 2000
pair_coeff 1 1 ${potentials}/ss.table SMALL_SMALL
pair_coeff 1 2 ${potentials}/ss.table SMALL_LARGE
pair_coeff 2 2 ${potentials}/ss.table LARGE_LARGE
