use std::{convert::Infallible, time::Duration};

use siptrunk_transaction::{FlowEvent, FlowId, QuestionId, Received, Transmit};

use super::*;

/// Breaks one promise of the contract, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    LeavesEvent,
    LeavesTransmit,
    PastDeadline,
    MovesDeadline,
    TransmitsOnSpuriousTimeout,
    MakesObjects,
}

struct Flawed {
    flaw: Flaw,
    start: Instant,
    calls: u32,
    transmit: Option<Transmit>,
}

impl Flawed {
    fn new(flaw: Flaw) -> Self {
        let transmit = (flaw == Flaw::LeavesTransmit).then(transmit);
        Self { flaw, start: Instant::now(), calls: 0, transmit }
    }
}

fn transmit() -> Transmit {
    let peer = "127.0.0.1:5060".parse().unwrap();
    let flow = FlowId::Datagram { listener: 0, local: "127.0.0.1".parse().unwrap(), peer };
    Transmit::new(flow, &b"x"[..])
}

impl Core for Flawed {
    type Event = ();
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, _: Instant, _: Received) {}

    fn handle_flow(&mut self, _: Instant, _: FlowEvent) {}

    fn handle_answer(&mut self, _: Instant, _: QuestionId, _: Infallible) {}

    fn handle_media(&mut self, _: Instant, _: Infallible) {}

    fn handle_timeout(&mut self, _: Instant) {
        self.calls += 1;
        if self.flaw == Flaw::TransmitsOnSpuriousTimeout {
            self.transmit = Some(transmit());
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmit.take()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<()> {
        (self.flaw == Flaw::LeavesEvent).then_some(())
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let seconds = match self.flaw {
            Flaw::PastDeadline => 0,
            Flaw::MovesDeadline => 1 + u64::from(self.calls),
            _ => 1,
        };
        Some(self.start + Duration::from_secs(seconds))
    }

    fn live(&self) -> Live {
        let mut live = Live::default();
        if self.flaw == Flaw::MakesObjects {
            live.add("objects", self.calls as usize);
        }
        live
    }
}

fn found(flaw: Flaw) -> Result<(), Breach> {
    let mut core = Flawed::new(flaw);
    let now = core.start;
    check(&mut core, now)
}

#[test]
fn a_core_that_keeps_the_contract_passes() {
    assert_eq!(found(Flaw::None), Ok(()));
}

#[test]
fn each_broken_promise_is_found() {
    assert_eq!(found(Flaw::LeavesEvent), Err(Breach::NotEmpty("poll_event", When::Drained)));
    assert_eq!(found(Flaw::LeavesTransmit), Err(Breach::NotEmpty("poll_transmit", When::Drained)));
    assert_eq!(found(Flaw::PastDeadline), Err(Breach::DeadlinePassed(When::Drained)));
    assert_eq!(found(Flaw::MovesDeadline), Err(Breach::DeadlineMoved));
    assert_eq!(
        found(Flaw::TransmitsOnSpuriousTimeout),
        Err(Breach::NotEmpty("poll_transmit", When::SpuriousTimeout))
    );
    assert!(matches!(found(Flaw::MakesObjects), Err(Breach::LiveChanged(..))));
}
