//! What the scripted ends share: just enough SIP to hold one side of a call, written for testing
//! and without any code of our transactions and dialogs.

mod answers;
mod dialog;
mod line;
mod media;
mod outbox;
mod outcome;
mod over;
mod repeat;
mod sip;

pub(crate) use self::{
    answers::Answers,
    dialog::Dialog,
    line::{Line, best_fit, in_dialog_status},
    media::CallMedia,
    outbox::Outbox,
    repeat::{Kind, Repeats},
    sip::{Parts, answer_bytes, headers_of, request_key, user_of},
};
pub use self::{
    outcome::{Header, Outcome, Timers},
    over::Over,
};
