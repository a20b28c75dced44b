//! One open connection: octets to messages, messages to octets, keep-alives, and how it ends.

use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    net::SocketAddr,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use siptrunk_message::{Frame, KeepAlive, Limits, StreamDecoder, Transport};
use siptrunk_transaction::{FlowId, Received, TransportError};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::Notify,
    time::{Instant, sleep_until, timeout_at},
};

use super::{
    StreamOptions,
    alias::{Chain, offered},
    outbox::{ToWrite, outbox},
};
use crate::{
    input::{self, Arrival, Ends, Input, Inputs, News, Queued, Rank},
    statistics::Counters,
};

/// How much is read in one go. It lies on the stack during the read alone, so that thousands of
/// resting connections hold no buffers.
const READ: usize = 16 << 10;

/// Messages that wait together are written together, up to this many octets.
const GATHER: usize = 16 << 10;

/// What is asked of a peer, and of us, on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Duties {
    /// How long a message may take; see [`StreamOptions::assembly`].
    assembly: Duration,
    /// Whether the first message has a deadline too.
    first: bool,
    /// How long it may rest.
    idle: Option<Duration>,
    /// How often we ping.
    ping: Option<Duration>,
    /// How long a pong may take.
    pong: Duration,
    /// For whom its messages come.
    pub(crate) rank: Rank,
    /// What the peer proved, if it may offer the connection for requests towards itself.
    pub(crate) proof: Option<Chain>,
    message: Limits,
}

impl Duties {
    /// Of a connection that a peer opened.
    pub(crate) fn of_accepted(
        options: &StreamOptions,
        trusted: bool,
        proof: Option<Chain>,
    ) -> Self {
        Self {
            proof,
            first: !trusted,
            idle: (!trusted).then_some(options.idle),
            ping: None,
            rank: if trusted { Rank::Known } else { Rank::Stranger },
            ..Self::of_opened(options)
        }
    }

    /// Of a connection that we opened.
    pub(crate) fn of_opened(options: &StreamOptions) -> Self {
        Self {
            assembly: options.assembly,
            first: false,
            idle: None,
            ping: options.keep_alive,
            pong: options.pong,
            rank: Rank::Known,
            proof: None,
            message: options.message.clone(),
        }
    }
}

/// Reads and writes until the connection is over, and says why it is.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite,
    number: u64,
    ends: &Ends,
    duties: &Duties,
    to_write: ToWrite,
    queue: &Inputs,
    counters: &Counters,
) -> TransportError {
    let (reader, writer) = tokio::io::split(stream);
    let pulse = Pulse::default();
    let reading = Reading { number, ends, duties, queue, counters, pulse: &pulse };
    tokio::select! {
        reason = reading.run(reader) => reason,
        reason = write(writer, to_write, duties, &pulse) => reason,
    }
}

/// Reads a stream as a stranger's connection until it is over: its messages, and why it ended. The
/// driver does no other; for whoever has a stream that is no socket, as a fuzzer has.
#[doc(hidden)]
pub async fn read_stream(
    stream: impl AsyncRead + AsyncWrite,
    options: &StreamOptions,
) -> (Vec<Bytes>, TransportError) {
    let (queue, mut inputs) = input::inputs(1);
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let ends = Ends { transport: Transport::Tcp, local: nowhere, remote: nowhere, identity: None };
    let duties = Duties::of_accepted(options, false, None);
    let (outbox, to_write) = outbox(options.write_queue);
    let counters = Counters::default();
    let served = serve(stream, 1, &ends, &duties, to_write, &queue, &counters);
    let mut served = std::pin::pin!(served);
    let mut messages = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(Queued { input: Input::Message(arrival), .. }) = inputs.recv() => {
                messages.push(arrival.received.bytes);
            }
            reason = &mut served => {
                while let Ok(Queued { input: Input::Message(arrival), .. }) = inputs.try_recv() {
                    messages.push(arrival.received.bytes);
                }
                drop(outbox);
                return (messages, reason);
            }
        }
    }
}

/// What reader and writer of one connection tell each other about keep-alives.
#[derive(Debug, Default)]
struct Pulse {
    /// The peer pinged: the writer owes it a pong.
    owes_pong: AtomicBool,
    /// We pinged, and nothing has come since.
    waits: AtomicBool,
    /// The peer has answered a ping: so it is one that does.
    answers: AtomicBool,
    news: Notify,
}

impl Pulse {
    /// A CRLF between messages. While we wait for a pong it is one: the decoder cannot know.
    fn crlf(&self, kind: KeepAlive) {
        if self.waits.swap(false, Ordering::Relaxed) {
            self.answers.store(true, Ordering::Relaxed);
        } else if kind == KeepAlive::Ping {
            self.owes_pong.store(true, Ordering::Relaxed);
            self.news.notify_one();
        }
    }
}

struct Reading<'a> {
    number: u64,
    ends: &'a Ends,
    duties: &'a Duties,
    queue: &'a Inputs,
    counters: &'a Counters,
    pulse: &'a Pulse,
}

impl Reading<'_> {
    async fn run(self, stream: impl AsyncRead) -> TransportError {
        let mut stream = std::pin::pin!(stream);
        let mut decoder = StreamDecoder::new(self.duties.message.clone());
        let mut proof = self.duties.proof.clone();
        // When what has begun must be complete, and when there has been silence for too long.
        let mut whole = self.duties.first.then(|| Instant::now() + self.duties.assembly);
        let mut idle = self.duties.idle.map(|idle| Instant::now() + idle);
        loop {
            let read = poll_fn(|context| poll_feed(stream.as_mut(), context, &mut decoder));
            let read = match whole.into_iter().chain(idle).min() {
                Some(deadline) => match timeout_at(deadline, read).await {
                    Ok(read) => read,
                    Err(_) => return TransportError::TimedOut,
                },
                None => read.await,
            };
            match read {
                Ok(0) => return TransportError::Closed,
                Ok(_) => {}
                Err(error) => return broken(&error),
            }
            let (mut any, mut message) = (false, false);
            loop {
                match decoder.next() {
                    Ok(Some(Frame::Message(bytes))) => {
                        (any, message) = (true, true);
                        if !self.note_offer(&bytes, &mut proof).await
                            || !self.hand_over(bytes).await
                        {
                            return TransportError::Closed;
                        }
                    }
                    Ok(Some(Frame::KeepAlive(kind))) => {
                        any = true;
                        self.pulse.crlf(kind);
                    }
                    Ok(Some(_) | None) => break,
                    Err(error) => {
                        self.counters.framing_error();
                        tracing::debug!(remote = %self.ends.remote, %error, "a stream ends");
                        return TransportError::NotFramed;
                    }
                }
            }
            let now = Instant::now();
            if message || (whole.is_none() && decoder.is_partial()) {
                whole = decoder.is_partial().then(|| now + self.duties.assembly);
            }
            if any {
                self.pulse.waits.store(false, Ordering::Relaxed);
                idle = self.duties.idle.map(|idle| now + idle);
            }
        }
    }

    /// Tells the driver once if the peer offers the connection; `false` if the driver is gone.
    async fn note_offer(&self, message: &Bytes, proof: &mut Option<Chain>) -> bool {
        let Some(port) = proof.as_ref().and_then(|_| offered(message, &self.duties.message)) else {
            return true;
        };
        let Some(chain) = proof.take() else { return true };
        let Some(place) = self.queue.place(self.duties.rank).await else { return false };
        let address = SocketAddr::new(self.ends.remote.ip(), port);
        place.put(Input::Connection(self.number, News::Offered(address, chain)));
        true
    }

    /// Gives a message to the driver; `false` if it is gone.
    async fn hand_over(&self, bytes: Bytes) -> bool {
        self.counters.received();
        // Waits while the driver is busy: the peer's system then holds the octets back.
        let Some(place) = self.queue.place(self.duties.rank).await else { return false };
        let received = Received {
            flow: FlowId::Connection(self.number),
            transport: self.ends.transport,
            local: self.ends.local,
            remote: self.ends.remote,
            identity: self.ends.identity.clone(),
            bytes,
        };
        place.put(Input::Message(Arrival { at: std::time::Instant::now(), received }));
        true
    }
}

/// Reads once, straight into the decoder.
fn poll_feed(
    stream: Pin<&mut impl AsyncRead>,
    context: &mut Context<'_>,
    decoder: &mut StreamDecoder,
) -> Poll<io::Result<usize>> {
    let mut space = [MaybeUninit::<u8>::uninit(); READ];
    let mut buffer = ReadBuf::uninit(&mut space);
    ready!(stream.poll_read(context, &mut buffer))?;
    decoder.feed(buffer.filled());
    Poll::Ready(Ok(buffer.filled().len()))
}

async fn write(
    mut stream: impl AsyncWrite + Unpin,
    mut to_write: ToWrite,
    duties: &Duties,
    pulse: &Pulse,
) -> TransportError {
    let mut next_ping = duties.ping.map(|every| Instant::now() + shortened(every));
    let mut pong_until = None;
    loop {
        let wrote = tokio::select! {
            message = to_write.next() => {
                let Some(message) = message else {
                    // The driver wants it closed; that the peer is told is all that is left to do.
                    let _ = stream.shutdown().await;
                    return TransportError::Closed;
                };
                write_all(&mut stream, &mut to_write, message).await
            }
            () = pulse.news.notified() => {
                if pulse.owes_pong.swap(false, Ordering::Relaxed) {
                    send(&mut stream, KeepAlive::PONG).await
                } else {
                    Ok(())
                }
            }
            () = at(next_ping) => {
                next_ping = duties.ping.map(|every| Instant::now() + shortened(every));
                pulse.waits.store(true, Ordering::Relaxed);
                pong_until = Some(Instant::now() + duties.pong);
                send(&mut stream, KeepAlive::PING).await
            }
            () = at(pong_until) => {
                pong_until = None;
                let waits = pulse.waits.swap(false, Ordering::Relaxed);
                if waits && pulse.answers.load(Ordering::Relaxed) {
                    return TransportError::TimedOut;
                }
                Ok(())
            }
        };
        if let Err(error) = wrote {
            return broken(&error);
        }
    }
}

/// Writes a message, with those that wait behind it as far as they fit into one piece.
async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    to_write: &mut ToWrite,
    first: Bytes,
) -> io::Result<()> {
    let Some(second) = to_write.at_once() else {
        send(stream, &first).await?;
        to_write.written(first.len());
        return Ok(());
    };
    let mut gathered = [first, second].concat();
    while gathered.len() < GATHER
        && let Some(more) = to_write.at_once()
    {
        gathered.extend_from_slice(&more);
    }
    send(stream, &gathered).await?;
    to_write.written(gathered.len());
    Ok(())
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), octets: &[u8]) -> io::Result<()> {
    stream.write_all(octets).await?;
    stream.flush().await
}

/// Waits for the moment, or for ever if there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// 80 to 100 percent of `interval` at random, so that a crowd of connections does not ping as one
/// (RFC 5626 4.4).
fn shortened(interval: Duration) -> Duration {
    interval.mul_f64(rand::random_range(0.8..=1.0))
}

/// What the core is told of an error on an open connection.
fn broken(error: &io::Error) -> TransportError {
    match error.kind() {
        io::ErrorKind::TimedOut => TransportError::TimedOut,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => TransportError::Closed,
        _ => TransportError::Reset,
    }
}
