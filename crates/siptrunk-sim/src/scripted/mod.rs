//! What the scripted ends share: just enough SIP to hold one side of a call, written for testing
//! and without any code of our transactions and dialogs.

mod addressee;
mod answers;
mod auth;
mod dialog;
mod early;
mod leg;
mod line;
mod media;
mod outbox;
mod outcome;
mod over;
mod repeat;
mod sip;

pub(crate) use self::{
    addressee::Addressee,
    answers::Answers,
    auth::{Guard, Prover, shows_credentials},
    dialog::Dialog,
    early::Early,
    leg::{Dial, Leg, News, Sound},
    line::{Line, best_fit},
    media::CallMedia,
    outbox::Outbox,
    repeat::{Kind, Repeats},
    sip::{Parts, Reply, answer_bytes, first_uri, headers_of, request_key, user_of},
};
pub use self::{
    auth::Account,
    outcome::{Header, Outcome, Timers},
    over::Over,
};
