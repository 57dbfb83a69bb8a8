"""Fronts: what the SDKs of providers are pointed at instead of the provider."""
