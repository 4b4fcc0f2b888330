"""Whom we report to: the national platform, as FHIR, and a simulator of it."""
