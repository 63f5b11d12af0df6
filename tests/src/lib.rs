//! Helpers shared by the end-to-end, simulation, conformance and window tests.
