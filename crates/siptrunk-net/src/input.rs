//! What readers and connections hand to the driver, through its one bounded queue, and who may fill
//! how much of it.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use siptrunk_message::Transport;
use siptrunk_transaction::{PeerIdentity, Received, TransportError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::stream::{Chain, Outbox};

/// The part of the queue that datagrams which begin something new leave free: a quarter.
const KEPT_FROM_NEW: usize = 4;

/// The part of the queue that strangers' connections may fill: a half. They wait in line for it, so
/// without a bound of their own they would always be first when a place comes free.
const OF_STRANGERS: usize = 2;

/// A queue for so many inputs, at least one.
pub(crate) fn inputs(most: usize) -> (Inputs, mpsc::Receiver<Queued>) {
    let most = most.max(1);
    let (queue, inputs) = mpsc::channel(most);
    (Inputs { queue, strangers: Arc::new(Semaphore::new((most / OF_STRANGERS).max(1))) }, inputs)
}

/// The way into the driver's queue.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    queue: mpsc::Sender<Queued>,
    strangers: Arc<Semaphore>,
}

/// An input in the queue, with what it takes of a share.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) input: Input,
    _share: Option<OwnedSemaphorePermit>,
}

/// For whom a connection's inputs come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// Anybody: within the strangers' share of the queue.
    Stranger,
    /// A trunk, or a peer that we connected to.
    Known,
}

/// What the queue did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotQueued {
    /// Every place is taken.
    Full,
    /// The driver has ended.
    Ended,
}

impl Inputs {
    /// Whether so few places are left that what begins something new has to come again later.
    pub(crate) fn is_crowded(&self) -> bool {
        self.queue.capacity() < self.queue.max_capacity() / KEPT_FROM_NEW
    }

    /// Queues a datagram, if there is room.
    pub(crate) fn datagram(&self, arrival: Arrival) -> Result<(), NotQueued> {
        let queued = Queued { input: Input::Message(arrival), _share: None };
        self.queue.try_send(queued).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotQueued::Full,
            mpsc::error::TrySendError::Closed(_) => NotQueued::Ended,
        })
    }

    /// A place for what a connection has, when there is one; `None` if the driver has ended.
    pub(crate) async fn place(&self, rank: Rank) -> Option<Place<'_>> {
        let share = match rank {
            Rank::Known => None,
            // The semaphore is never closed.
            Rank::Stranger => Arc::clone(&self.strangers).acquire_owned().await.ok(),
        };
        Some(Place { share, place: self.queue.reserve().await.ok()? })
    }
}

/// A place in the queue. Waiting for it, before there is anything to put, keeps tasks small: there
/// are thousands.
pub(crate) struct Place<'a> {
    share: Option<OwnedSemaphorePermit>,
    place: mpsc::Permit<'a, Queued>,
}

impl Place<'_> {
    pub(crate) fn put(self, input: Input) {
        self.place.send(Queued { input, _share: self.share });
    }
}

/// One thing that came from outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// A datagram, or a message cut out of a stream.
    Message(Arrival),
    /// News of the connection with this number; those of one connection are in order, its messages
    /// between them.
    Connection(u64, News),
}

/// One message on its way to the core.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) received: Received,
}

/// What becomes of a connection.
#[derive(Debug)]
pub(crate) enum News {
    /// A peer opened it.
    Accepted(Ends, Outbox),
    /// Its peer, who proved itself by this, offers it for requests to this address.
    Offered(SocketAddr, Chain),
    /// It is open, as we wanted.
    Opened(Ends),
    /// It did not open, or it is over.
    Ended(TransportError),
}

/// What an open connection joins.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) transport: Transport,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// Who the peer proved to be.
    pub(crate) identity: Option<PeerIdentity>,
}

#[cfg(test)]
mod tests {
    use std::{pin::Pin, task::Context};

    use super::*;

    fn arrival() -> Arrival {
        let (local, peer) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        let received = Received::datagram(0, (local, 5060).into(), (peer, 5060).into(), "x");
        Arrival { at: Instant::now(), received }
    }

    fn ended(number: u64) -> Input {
        Input::Connection(number, News::Ended(TransportError::Closed))
    }

    fn is_ready(future: &mut Pin<Box<impl Future<Output = bool>>>) -> bool {
        future.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    async fn wait(inputs: &Inputs, input: Input, rank: Rank) -> bool {
        let place = inputs.place(rank).await;
        place.map(|place| place.put(input)).is_some()
    }

    #[test]
    fn strangers_in_line_leave_room_for_datagrams_and_trunks() {
        let (inputs, mut queue) = inputs(8);
        let mut line: Vec<_> =
            (0..20).map(|at| Box::pin(wait(&inputs, ended(at), Rank::Stranger))).collect();
        assert_eq!(line.iter_mut().filter_map(|one| is_ready(one).then_some(())).count(), 4);
        assert!(!inputs.is_crowded(), "half of the places are free");
        for _ in 0..3 {
            assert_eq!(inputs.datagram(arrival()), Ok(()));
        }
        assert!(inputs.is_crowded(), "one is");
        assert!(is_ready(&mut Box::pin(wait(&inputs, ended(99), Rank::Known))));
        assert_eq!(inputs.datagram(arrival()), Err(NotQueued::Full));

        // A stranger's place goes to the next stranger, and no other place does.
        drop(queue.try_recv().unwrap());
        assert!(is_ready(&mut line[4]) && !is_ready(&mut line[5]));
        while let Ok(queued) = queue.try_recv() {
            if matches!(queued.input, Input::Message(_)) {
                assert!(!is_ready(&mut line[9]), "a datagram's place");
                break;
            }
        }
        drop(queue);
        assert_eq!(inputs.datagram(arrival()), Err(NotQueued::Ended));
    }
}
