//! The timers of RFC 3261 table 4 and RFC 6026 8.11, and what a machine's step may do to them.

use std::time::{Duration, Instant};

use siptrunk_message::StatusCode;

use crate::TransportError;

/// The timer values of one transaction: the configured T1, T2, T4 and whether its transport is
/// reliable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) t1: Duration,
    pub(crate) t2: Duration,
    pub(crate) t4: Duration,
    /// How long a transaction may stay in a state that no RFC timer ends.
    pub(crate) limit: Duration,
    pub(crate) reliable: bool,
}

impl Timing {
    /// The same values for a transaction over a reliable or an unreliable transport.
    pub(crate) fn over(self, reliable: bool) -> Self {
        Self { reliable, ..self }
    }

    /// Timers B, F, H, J, L and M, and the wait for a final response after CANCEL (RFC 3261 9.1).
    pub(crate) fn timeout(&self) -> Duration {
        self.t1 * 64
    }

    /// The next wait of timers E and G: doubled, at most T2.
    pub(crate) fn back_off(&self, interval: Duration) -> Duration {
        (interval * 2).min(self.t2)
    }

    /// When a client's timer E is first reset to T2: 3.5 s with the default values. Before that a
    /// non-INVITE request gets no 100 over UDP, at that time it must (RFC 4320 section 4.1).
    pub(crate) fn trying_after(&self) -> Duration {
        let (mut elapsed, mut interval) = (self.t1, self.back_off(self.t1));
        while interval < self.t2 {
            elapsed += interval;
            interval = self.back_off(interval);
        }
        elapsed
    }
}

/// Timer D: as long as any server may stay in Completed, whatever *its* T1 is (RFC 3261 17.1.1.2).
pub(crate) const TIMER_D: Duration = Duration::from_secs(32);

/// The latest moment for the 100 of an INVITE (RFC 3261 17.2.1).
pub(crate) const TRYING_INVITE: Duration = Duration::from_millis(200);

/// What happens to a timer in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Change {
    /// It runs on, or stays stopped.
    #[default]
    Keep,
    /// It does not fire any more.
    Stop,
    /// It fires after this time.
    Set(Duration),
}

/// What one step of a machine asks of the layer. Nothing in RFC 3261 section 17 needs more: two
/// timers, one message out, one message up, one failure up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// The timer that sends again: A, E, G, and the one for 100 Trying.
    pub(crate) again: Change,
    /// The timer that ends the state: B, D, F, H, I, J, K, L, M.
    pub(crate) end: Change,
    pub(crate) emit: Option<Emit>,
    /// The message that caused the step goes up.
    pub(crate) deliver: bool,
    pub(crate) fail: Option<Failure>,
}

/// The two timers of a transaction, as instants.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Running {
    again: Option<Instant>,
    end: Option<Instant>,
}

/// Which of them is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Again,
    End,
}

impl Running {
    pub(crate) fn apply(&mut self, now: Instant, step: &Step) {
        for (timer, change) in [(&mut self.again, step.again), (&mut self.end, step.end)] {
            match change {
                Change::Keep => {}
                Change::Stop => *timer = None,
                Change::Set(wait) => *timer = Some(now + wait),
            }
        }
    }

    /// The earlier of the two.
    pub(crate) fn next(&self) -> Option<Instant> {
        match (self.again, self.end) {
            (Some(again), Some(end)) => Some(again.min(end)),
            (again, end) => again.or(end),
        }
    }

    /// Takes the timer that is due. One that ends the state goes before one that sends again: a
    /// driver that comes late sends nothing for what is over.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Due> {
        if self.end.is_some_and(|at| at <= now) {
            self.end = None;
            return Some(Due::End);
        }
        if self.again.is_some_and(|at| at <= now) {
            self.again = None;
            return Some(Due::Again);
        }
        None
    }

    pub(crate) fn waits_to_send(&self) -> bool {
        self.again.is_some()
    }
}

/// What a machine sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emit {
    /// The request, or the last response: kept bytes, for the first time or again.
    Kept,
    /// The ACK of a final response that is not 2xx: built once, kept, sent again.
    Ack,
    /// 100 Trying, made by the layer.
    Trying,
}

/// Why a machine gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No response, no final response, or no ACK in time.
    Timeout,
    /// No final response in time after a CANCEL.
    Cancelled,
    /// Bytes could not be sent.
    Transport(TransportError),
}

/// The three ways in which machines tell responses apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// 100 to 199.
    Provisional,
    /// 200 to 299.
    Success,
    /// 300 to 699.
    Failure,
}

impl From<StatusCode> for Class {
    fn from(status: StatusCode) -> Self {
        match status.code() {
            100..=199 => Self::Provisional,
            200..=299 => Self::Success,
            _ => Self::Failure,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{fmt, iter};

    use super::*;

    pub(crate) const MS: fn(u64) -> Duration = Duration::from_millis;

    /// The RFC's default values.
    pub(crate) const fn timing(reliable: bool) -> Timing {
        Timing {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            limit: Duration::from_secs(3600),
            reliable,
        }
    }

    /// Which transports a row of a state table holds for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum On {
        All,
        Unreliable,
        Reliable,
    }
    pub(crate) const ALL: On = On::All;
    pub(crate) const UDP: On = On::Unreliable;
    pub(crate) const TCP: On = On::Reliable;

    pub(crate) fn step(
        again: Change,
        end: Change,
        emit: Option<Emit>,
        deliver: bool,
        fail: Option<Failure>,
    ) -> Step {
        Step { again, end, emit, deliver, fail }
    }

    /// Holds a machine against its table, and the table against the whole of states and inputs:
    /// each pair must stand in it exactly once for each kind of transport, and nothing else.
    ///
    /// States and inputs come as the first one and a function to the next: its match has no
    /// wildcard, so that the compiler asks for a variant that is new.
    pub(crate) fn check_table<S, I>(
        table: &[(S, I, On, S, Step)],
        states: (S, fn(S) -> Option<S>),
        inputs: (I, fn(I) -> Option<I>),
        run: impl Fn(S, I, bool) -> (S, Step),
    ) where
        S: Copy + fmt::Debug + PartialEq,
        I: Copy + fmt::Debug + PartialEq,
    {
        let states: Vec<S> = iter::successors(Some(states.0), |state| states.1(*state)).collect();
        let inputs: Vec<I> = iter::successors(Some(inputs.0), |input| inputs.1(*input)).collect();
        for (state, input, ..) in table {
            assert!(states.contains(state) && inputs.contains(input), "{state:?}, {input:?}");
        }
        for (state, input) in states.iter().flat_map(|s| inputs.iter().map(move |i| (*s, *i))) {
            for (reliable, other) in [(false, On::Reliable), (true, On::Unreliable)] {
                let rows: Vec<_> = table
                    .iter()
                    .filter(|row| row.0 == state && row.1 == input && row.2 != other)
                    .collect();
                let [(.., next, expected)] = rows.as_slice() else {
                    panic!("{} rows for {state:?}, {input:?}, reliable {reliable}", rows.len());
                };
                let got = run(state, input, reliable);
                assert_eq!(got, (*next, *expected), "{state:?}, {input:?}, reliable {reliable}");
            }
        }
    }

    #[test]
    fn the_100_of_a_non_invite_is_due_when_timer_e_reaches_t2() {
        assert_eq!(timing(false).trying_after(), MS(3_500));
        let fast = Timing { t1: MS(50), ..timing(false) };
        // 50, 100, 200 ... 3,200 ms; a client whose T1 is as short is gone before.
        assert_eq!(fast.trying_after(), MS(6_350));
        let flat = Timing { t1: MS(4_000), ..timing(false) };
        assert_eq!(flat.trying_after(), MS(4_000));
    }

    #[test]
    fn the_timer_that_ends_goes_before_the_one_that_sends() {
        let start = Instant::now();
        let mut running = Running::default();
        assert_eq!(running.next(), None);
        running.apply(start, &step(Change::Set(MS(5)), Change::Set(MS(9)), None, false, None));
        assert_eq!(running.next(), Some(start + MS(5)));
        assert_eq!(running.take_due(start), None);
        let mut late = running;
        assert_eq!(late.take_due(start + MS(9)), Some(Due::End));
        assert_eq!(running.take_due(start + MS(5)), Some(Due::Again));
        assert_eq!(running.take_due(start + MS(5)), None);
        assert_eq!(running.next(), Some(start + MS(9)));
        running.apply(start, &step(Change::Keep, Change::Stop, None, false, None));
        assert_eq!(running.next(), None);
    }
}
