//! Min-SE (RFC 4028 5): the shortest session interval that an element takes.

use super::bricks::{free_params, params_header};
use crate::grammar::number;
use crate::params::Params;

params_header! {
    /// The shortest session interval in seconds. RFC 4028 5 has 90 for the least, and for what absence means.
    MinSe { seconds: u32 } = MIN_SE;
    list: false, may_be_empty: false, grammar: number;
}
free_params!(MinSe);

impl MinSe<'_> {
    /// Of seconds.
    pub const fn new(seconds: u32) -> MinSe<'static> {
        MinSe { seconds, params: Params::none() }
    }

    /// In seconds.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }
}
