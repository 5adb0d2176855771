"""Layers that only move values to other places."""
