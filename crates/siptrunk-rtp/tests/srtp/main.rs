//! SRTP and SRTCP through the public API alone.

mod hostile;
mod keys;
mod no_allocation;
mod order;
mod packets;
mod streams;
mod support;
