"""Tests of lakehouses and the source model."""
