"""Cohorts: virtual patients who differ in body and treatment, what a trial sees of them, and calibration by simulation."""
