//! The world driven through its HTTP face.
