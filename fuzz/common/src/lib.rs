//! What the fuzz targets share, and what their seeds are made of.

pub mod headers;
