# sticky spheres (CSS), 50:50 mixture, density 0.6, cut-off at 1.2 times the minimum
# Does mesoscopic elasticity control viscous slowing down in glassforming liquids?, Table I and Table III; doi:10.1103/PhysRevLett.124.028001
# type 1: small
# type 2: large
variable dimension        index 3
variable density          index 0.6      # N/V
variable n_types          index 2
variable fraction_1       index 0.5      # number fraction of type 1
variable time_step        index 0.005
variable time_step_hot    index 0.0025   # above T = 1
variable thermostat_time  index 0.2      # coupling time of the Nosé-Hoover thermostat
