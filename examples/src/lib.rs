//! Unpublished package of the workspace: what several examples need.

/// A configuration file as a program reads it.
pub mod config_file;
