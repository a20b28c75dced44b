//! Offer and answer as tables: each line of the `.txt` files beside this one is a case.

mod accepting;
mod answers;
mod directions;
mod invariants;
mod offers;
mod relays;
mod secure;
mod succession;
mod support;
