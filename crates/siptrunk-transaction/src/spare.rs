//! Memory of tables that were large once: given back when they are empty.

/// Entries that an empty table keeps room for, so that a quiet layer allocates nothing.
const KEPT: usize = 256;

/// Whether a table of this length has so much room that it is given back.
pub(crate) fn is_to_spare(len: usize, capacity: usize) -> bool {
    len == 0 && capacity > KEPT
}
