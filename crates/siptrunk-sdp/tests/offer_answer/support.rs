//! The tables' notation: streams are parted by " / ", lines of a stream by "; ".

use siptrunk_sdp::offer_answer::{
    CodecOrder, CodecPolicy, LocalMedia, Party, SrtpKeys, SrtpMode, SrtpPolicy, Stream,
};
use siptrunk_sdp::{CryptoSuite, Direction, Origin, SessionDescription};

/// Where we are: the first place, and two more.
pub(crate) fn us() -> [LocalMedia; 3] {
    [20_000, 20_002, 20_004]
        .map(|port| LocalMedia { address: "198.51.100.1".parse().unwrap(), port })
}

pub(crate) fn origin() -> Origin<'static> {
    Origin::new(77, 1, us()[0].address)
}

/// A description with these streams, at 192.0.2.1 where they do not say another address.
pub(crate) fn description(streams: &str) -> SessionDescription {
    with_session("c=IN IP4 192.0.2.1\r\nt=0 0\r\n", streams)
}

pub(crate) fn with_session(lines: &str, streams: &str) -> SessionDescription {
    let mut text = format!("v=0\r\no=- 5 9 IN IP4 192.0.2.1\r\ns=-\r\n{lines}");
    for stream in streams.split(" / ").map(str::trim).filter(|stream| !stream.is_empty()) {
        // "; " parts lines only before a line's letter: fmtp values have it too.
        let stream = ["a", "b", "c", "i", "k"].iter().fold(stream.to_owned(), |stream, letter| {
            stream.replace(&format!("; {letter}="), &format!("\r\n{letter}="))
        });
        text += &["m=", &stream, "\r\n"].concat();
    }
    SessionDescription::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The streams of a description in the tables' notation.
pub(crate) fn streams(description: &SessionDescription) -> String {
    let text = description.to_string();
    let streams: Vec<String> = text
        .split("\r\nm=")
        .skip(1)
        .map(|stream| stream.trim_end().replace("\r\n", "; "))
        .collect();
    streams.join(" / ")
}

/// The rows of a table, split at `|`. A `|` within a key is written `!`.
pub(crate) fn rows(table: &str) -> Vec<Vec<String>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split('|').map(|cell| unescaped(cell.trim())).collect())
        .collect()
}

fn unescaped(cell: &str) -> String {
    if cell.starts_with("! ") { cell.to_owned() } else { cell.replace('!', "|") }
}

pub(crate) fn pairs(map: &[(u8, u8)]) -> String {
    map.iter().map(|(from, to)| format!("{from}>{to}")).collect::<Vec<_>>().join(" ")
}

/// A party in words: names of codecs and `events=N ptime=N order=ours direction=D mux places=N
/// srtp=M suites=A,B`.
pub(crate) struct Words {
    pub(crate) codecs: CodecPolicy,
    pub(crate) srtp: SrtpPolicy,
    order: CodecOrder,
    direction: Direction,
    is_mux: bool,
    places: usize,
}

impl Words {
    pub(crate) fn new(text: &str) -> Self {
        let mut words = Self {
            codecs: CodecPolicy { codecs: Vec::new(), telephone_event: None, ptime: None },
            srtp: SrtpPolicy::default(),
            order: CodecOrder::default(),
            direction: Direction::SendRecv,
            is_mux: false,
            places: 1,
        };
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some(("events", number)) => {
                    words.codecs.telephone_event = Some(number.parse().unwrap());
                }
                Some(("ptime", number)) => words.codecs.ptime = Some(number.parse().unwrap()),
                Some(("order", "ours")) => words.order = CodecOrder::Ours,
                Some(("direction", name)) => words.direction = direction(name),
                Some(("places", number)) => words.places = number.parse().unwrap(),
                Some(("srtp", mode)) => words.srtp.mode = mode_of(mode),
                Some(("suites", names)) => {
                    let names = names.split(',').filter(|name| !name.is_empty());
                    words.srtp.suites =
                        names.map(|name| CryptoSuite::from_name(name).unwrap()).collect();
                }
                Some(_) => panic!("{word}"),
                None if word == "mux" => words.is_mux = true,
                None => words.codecs.codecs.push(word.parse().unwrap()),
            }
        }
        words
    }

    /// Plays the party; its keys are sevens, eights and so on.
    pub(crate) fn play<T>(&self, act: impl FnOnce(Party<'_>) -> T) -> T {
        let (places, origin) = (us(), origin());
        let mut byte = 6;
        let mut fill = |room: &mut [u8]| {
            byte += 1;
            room.fill(byte);
        };
        let mut party = Party::new(&self.codecs, &places[0], &origin)
            .ordered(self.order)
            .directed(self.direction)
            .with_more(&places[1..self.places])
            .secured(&self.srtp, &mut fill);
        if self.is_mux {
            party = party.with_rtcp_mux();
        }
        act(party)
    }
}

fn mode_of(name: &str) -> SrtpMode {
    match name {
        "off" => SrtpMode::Off,
        "preferred" => SrtpMode::Preferred,
        "required" => SrtpMode::Required,
        _ => panic!("{name}"),
    }
}

pub(crate) fn direction(name: &str) -> Direction {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    [SendRecv, SendOnly, RecvOnly, Inactive].into_iter().find(|d| d.as_str() == name).unwrap()
}

/// What a stream was agreed to be, but for its codecs, in words.
pub(crate) fn facts(stream: &Stream) -> String {
    let address = |address: Option<std::net::SocketAddr>| {
        address.map_or_else(|| "nowhere".to_owned(), |address| address.to_string())
    };
    let mut facts = vec![
        stream.index.to_string(),
        stream.direction.as_str().to_owned(),
        address(stream.remote),
        address(stream.remote_rtcp),
        pairs(&stream.receive_map),
    ];
    facts.extend(stream.ptime.map(|ptime| format!("ptime={ptime}")));
    facts.extend(stream.rtcp_mux.then(|| "mux".to_owned()));
    facts.extend(stream.srtp.as_ref().map(keys));
    facts.join(" ")
}

/// Suite, first byte of our key, first byte of theirs.
pub(crate) fn keys(keys: &SrtpKeys) -> String {
    let (send, receive) = (&keys.send, &keys.receive);
    assert_eq!(send.suite(), receive.suite());
    format!("{} {}>{}", send.suite(), send.key()[0], receive.key()[0])
}
