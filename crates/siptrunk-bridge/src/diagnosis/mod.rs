//! Why a call failed, in words that lead to the mend: what happened as a value, the table of troubles
//! that it is looked up in, and both together for a trunk.

mod failure;
pub use failure::CallFailure;

mod symptom;
pub use symptom::{FailedLeg, Symptom};

mod place;
pub use place::Place;

mod told;
pub use told::Diagnosis;

mod document;
pub use document::troubleshooting;

mod table;

#[cfg(test)]
mod tests;
