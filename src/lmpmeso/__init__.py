"""Mesoscopic elasticity and dynamics of glass-forming liquids."""
