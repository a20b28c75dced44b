//! Reads a configuration from TOML.

use std::io;
use std::path::Path;

use crate::{Config, Finding};

pub(crate) fn read(
    _text: &str,
    _environment: &dyn Fn(&str) -> Option<String>,
    _read_file: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<(Config, Vec<Finding>), Vec<Finding>> {
    Ok((Config::default(), Vec::new()))
}
