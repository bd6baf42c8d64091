"""Tests of drawn journeys."""
