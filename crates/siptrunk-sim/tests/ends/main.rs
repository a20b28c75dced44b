//! The two ends against each other: what the fact page says of each, over every transport.

mod faults;
mod five9_end;
mod scene;
mod synthflow_end;
