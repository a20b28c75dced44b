//! One direction between two nodes: how long a datagram takes, and whether it arrives.

use std::time::Duration;

use bytes::Bytes;
use siptrunk_transaction::Rng;

use crate::{
    fault::{Fault, Faults, Passage},
    trace::Fate,
};

/// What happens to datagrams in one direction between two nodes.
///
/// Probabilities go from 0.0 to 1.0. Everything random is drawn from the world's seed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Link {
    /// How long each datagram takes.
    pub delay: Duration,
    /// Up to this much more, uniformly. More than the distance of two datagrams reorders them.
    pub jitter: Duration,
    /// How likely a datagram is lost.
    pub loss: f64,
    /// How likely it arrives twice.
    pub duplicate: f64,
    /// How likely it is held back by [`reorder_by`](Self::reorder_by), so that later ones overtake.
    pub reorder: f64,
    /// How long a reordered datagram is held back.
    pub reorder_by: Duration,
    /// The largest packet that passes, with the headers of IP and UDP: larger datagrams are lost, as
    /// where fragments do not pass. Connections fit themselves to it.
    pub mtu: Option<usize>,
    /// How likely the opening of a connection in this direction is refused.
    pub refuse: f64,
    /// How likely a message breaks the connection that it is sent over.
    pub reset: f64,
    /// Nothing gets through while this is set.
    pub partitioned: bool,
    /// What goes wrong on the way.
    pub faults: Faults,
}

impl Default for Link {
    /// One millisecond, and nothing goes wrong.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            reorder_by: Duration::from_millis(25),
            mtu: None,
            refuse: 0.0,
            reset: 0.0,
            partitioned: false,
            faults: Faults::none(),
        }
    }
}

impl Link {
    /// Sets [`delay`](Self::delay).
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets [`jitter`](Self::jitter).
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// Sets [`loss`](Self::loss).
    #[must_use]
    pub fn loss(mut self, probability: f64) -> Self {
        self.loss = probability;
        self
    }

    /// Sets [`duplicate`](Self::duplicate).
    #[must_use]
    pub fn duplicate(mut self, probability: f64) -> Self {
        self.duplicate = probability;
        self
    }

    /// Sets [`reorder`](Self::reorder).
    #[must_use]
    pub fn reorder(mut self, probability: f64) -> Self {
        self.reorder = probability;
        self
    }

    /// Sets [`mtu`](Self::mtu).
    #[must_use]
    pub fn mtu(mut self, octets: usize) -> Self {
        self.mtu = Some(octets);
        self
    }

    /// Sets [`refuse`](Self::refuse).
    #[must_use]
    pub fn refuse(mut self, probability: f64) -> Self {
        self.refuse = probability;
        self
    }

    /// Sets [`reset`](Self::reset).
    #[must_use]
    pub fn reset(mut self, probability: f64) -> Self {
        self.reset = probability;
        self
    }

    /// Sets [`partitioned`](Self::partitioned).
    #[must_use]
    pub fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault, None);
        self
    }

    /// Takes a datagram: what it looks like on the wire, what becomes of it, and after how long
    /// each copy arrives.
    pub(crate) fn carry(&mut self, rng: &mut Rng, bytes: Bytes, ipv6: bool) -> Carriage {
        let (bytes, dropped) = match self.faults.apply(bytes.clone()) {
            Passage::Pass(bytes) => (bytes, false),
            Passage::Drop => (bytes, true),
        };
        let headers = if ipv6 { 48 } else { 28 };
        let too_large = self.mtu.is_some_and(|mtu| bytes.len() + headers > mtu);
        if dropped || self.partitioned || too_large || happens(rng, self.loss) {
            let fate = match (self.partitioned, too_large) {
                (true, _) => Fate::Partitioned,
                (false, true) => Fate::TooLarge,
                (false, false) => Fate::Lost,
            };
            return Carriage { bytes, fate, arrivals: [None, None] };
        }
        let first = self.travel(rng);
        let second = happens(rng, self.duplicate).then(|| self.travel(rng));
        Carriage { bytes, fate: Fate::Delivered, arrivals: [Some(first), second] }
    }

    /// How long a packet of a connection takes; `None` if it has to be sent again.
    pub(crate) fn segment(&self, rng: &mut Rng) -> Option<Duration> {
        (!self.partitioned && !happens(rng, self.loss)).then(|| self.travel(rng))
    }

    pub(crate) fn refuses(&self, rng: &mut Rng) -> bool {
        happens(rng, self.refuse)
    }

    pub(crate) fn resets(&self, rng: &mut Rng) -> bool {
        happens(rng, self.reset)
    }

    pub(crate) fn travel(&self, rng: &mut Rng) -> Duration {
        let jitter = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX - 1);
        let mut time = self.delay + Duration::from_nanos(rng.below(jitter + 1));
        if happens(rng, self.reorder) {
            time += self.reorder_by;
        }
        time
    }
}

/// What a [`Link`] made of a datagram.
pub(crate) struct Carriage {
    pub(crate) bytes: Bytes,
    pub(crate) fate: Fate,
    pub(crate) arrivals: [Option<Duration>; 2],
}

pub(crate) fn happens(rng: &mut Rng, probability: f64) -> bool {
    // Nothing is drawn for what never happens, so that a quiet link does not move the others' dice.
    if probability <= 0.0 {
        return false;
    }
    let drawn = u32::try_from(rng.u64() >> 32).unwrap_or(u32::MAX);
    f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < probability
}

#[cfg(test)]
mod tests {
    use siptrunk_message::Method;
    use siptrunk_transaction::Seed;

    use super::*;

    fn count(link: &Link, fate: Fate) -> (usize, usize) {
        let (mut link, mut rng) = (link.clone(), Seed([3; 32]).rng());
        let carried: Vec<Carriage> =
            (0..1000).map(|_| link.carry(&mut rng, Bytes::from_static(b"BYE x"), false)).collect();
        let copies = carried.iter().flat_map(|c| c.arrivals).flatten().count();
        (carried.iter().filter(|c| c.fate == fate).count(), copies)
    }

    #[test]
    fn a_plain_link_delivers_each_datagram_once_in_time() {
        let (mut link, mut rng) = (Link::default(), Seed([3; 32]).rng());
        let carried = link.carry(&mut rng, Bytes::from_static(b"x"), false);
        assert_eq!(carried.arrivals, [Some(Duration::from_millis(1)), None]);
        assert_eq!(count(&Link::default(), Fate::Delivered), (1000, 1000));
    }

    #[test]
    fn loss_and_duplication_come_as_often_as_asked() {
        let (lost, _) = count(&Link::default().loss(0.1), Fate::Lost);
        assert!((70..130).contains(&lost), "{lost} of 1000 lost at 10 %");
        let (_, copies) = count(&Link::default().duplicate(0.2), Fate::Delivered);
        assert!((1150..1250).contains(&copies), "{copies} copies of 1000 at 20 %");
        assert_eq!(count(&Link::default().loss(1.0), Fate::Lost), (1000, 0));
    }

    #[test]
    fn a_partition_and_a_fault_stop_everything_they_concern() {
        assert_eq!(count(&Link::default().partitioned(), Fate::Partitioned), (1000, 0));
        let link = Link::default().fault(Fault::DropRequests(Method::BYE));
        assert_eq!(count(&link, Fate::Lost), (1000, 0));
    }

    #[test]
    fn what_is_larger_than_the_path_takes_is_lost_with_its_headers_counted() {
        let (mut link, mut rng) = (Link::default().mtu(1300), Seed([3; 32]).rng());
        for (octets, ipv6, fate) in [
            (1272, false, Fate::Delivered),
            (1273, false, Fate::TooLarge),
            (1252, true, Fate::Delivered),
            (1253, true, Fate::TooLarge),
        ] {
            let carried = link.carry(&mut rng, Bytes::from(vec![b'x'; octets]), ipv6);
            assert_eq!(carried.fate, fate, "{octets}");
        }
    }

    #[test]
    fn jitter_stays_within_its_bound_and_reordering_holds_back() {
        let mut rng = Seed([4; 32]).rng();
        let link = Link::default().jitter(Duration::from_millis(5));
        for _ in 0..200 {
            let time = link.travel(&mut rng);
            assert!((Duration::from_millis(1)..=Duration::from_millis(6)).contains(&time));
        }
        let link = Link::default().reorder(1.0);
        assert_eq!(link.travel(&mut rng), Duration::from_millis(26));
    }
}
