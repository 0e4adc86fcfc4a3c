//! Trustees: single keys, threshold groups, and the ceremony that makes them.
