//! Max-Breadth (RFC 5393 5.3): into how many branches at once a request may be forked on its way.

use super::bricks::number_header;

number_header! {
    /// How many branches of a request may be under way at once.
    MaxBreadth = MAX_BREADTH
}
