//! The application without a face: the use cases that the window and the command line share.

pub mod views;
