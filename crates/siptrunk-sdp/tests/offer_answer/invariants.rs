//! What RFC 3264 section 6 wants of every answer, read from the text alone.

use std::collections::BTreeSet;

use siptrunk_sdp::SessionDescription;

struct Section<'a> {
    words: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl Section<'_> {
    fn port(&self) -> &str {
        self.words[1].split('/').next().unwrap()
    }

    fn has(&self, line: &str) -> bool {
        self.lines.contains(&line)
    }

    /// The direction that is said in the section; the descriptions here say none elsewhere.
    fn direction(&self) -> Option<&str> {
        let names = ["sendrecv", "sendonly", "recvonly", "inactive"];
        let mut properties = self.lines.iter().filter_map(|line| line.strip_prefix("a="));
        properties.find(|name| names.contains(name))
    }

    fn tags(&self) -> BTreeSet<(&str, &str)> {
        let keys = self.lines.iter().filter_map(|line| line.strip_prefix("a=crypto:"));
        keys.filter_map(|value| {
            let mut words = value.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
    }
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("m="), sections.last_mut()) {
            (Some(m), _) => sections.push(Section { words: m.split(' ').collect(), lines: vec![] }),
            (None, Some(section)) => section.lines.push(line),
            (None, None) => {}
        }
    }
    sections
}

/// Panics where `answer` is none that `offer` allows. `session_direction` is what the offer's
/// session section says.
pub(crate) fn check(
    offer: &SessionDescription,
    answer: &SessionDescription,
    session_direction: Option<&str>,
    name: &str,
) {
    let (offer, answer) = (offer.to_string(), answer.to_string());
    let (asked, told) = (sections(&offer), sections(&answer));
    assert_eq!(asked.len(), told.len(), "{name}: as many streams, in the same order");
    assert!(!answer.contains("a=group"), "{name}: no group");
    let mut is_any_secure = BTreeSet::new();
    for (asked, told) in asked.iter().zip(&told) {
        assert_eq!(asked.words[0], told.words[0], "{name}: the kind of media stays");
        assert_eq!(asked.words[2], told.words[2], "{name}: the transport stays");
        assert!(told.words.len() > 3, "{name}: a format at least");
        if asked.port() == "0" {
            assert_eq!(told.port(), "0", "{name}: what is refused stays refused");
        }
        if told.port() == "0" {
            continue;
        }
        for format in &told.words[3..] {
            assert!(asked.words[3..].contains(format), "{name}: {format} was not offered");
        }
        let allowed: &[&str] = match asked.direction().or(session_direction).unwrap_or("sendrecv") {
            "sendonly" => &["recvonly", "inactive"],
            "recvonly" => &["sendonly", "inactive"],
            "inactive" => &["inactive"],
            _ => &["sendrecv", "sendonly", "recvonly", "inactive"],
        };
        let direction = told.direction().unwrap_or("sendrecv");
        assert!(allowed.contains(&direction), "{name}: {direction} was not offered");
        assert!(asked.has("a=rtcp-mux") || !told.has("a=rtcp-mux"), "{name}: mux not offered");
        let is_secure = told.words[2] == "RTP/SAVP";
        is_any_secure.insert(is_secure);
        assert_eq!(told.tags().len(), usize::from(is_secure), "{name}: one key line, if secure");
        assert!(told.tags().is_subset(&asked.tags()), "{name}: a key line that was offered");
    }
    assert!(is_any_secure.len() < 2, "{name}: secure and plain in one call");
}
