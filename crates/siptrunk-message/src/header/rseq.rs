//! RSeq (RFC 3262 7.1): the number of a reliable provisional response.

use super::bricks::number_header;

number_header! {
    /// The number of a reliable provisional response. A UAS begins between 1 and 2^31 - 1.
    RSeq = RSEQ
}
