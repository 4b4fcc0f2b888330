"""Tests of provisioning/: what is installed on a box, and how."""
