"""Tests of the layers: every one of them goes through the same harness."""
