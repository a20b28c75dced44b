//! `uac_enabled`: Synthflow registers with the other end (RFC 3261 section 10.2).

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Method, RequestBuilder, Response};

use crate::scripted::{Account, Kind, Line, Parts, Prover, request_key};

/// When a registration that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// A registration with the other end, as the import form has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registration {
    /// Where REGISTER goes.
    pub registrar: SocketAddr,
    /// `trunk_username`: who is registered.
    pub username: String,
    /// What challenges are answered with: `sip_auth_username`, or `trunk_username`, and `trunk_pwd`.
    pub account: Account,
    /// `uac_register_expires`, 300 if nothing else is said.
    expires: u32,
}

/// `uac_register_expires` was no whole number from 60 to 3600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("uac_register_expires is {0}: it goes from 60 to 3600 seconds")]
pub struct ExpiresOutOfRange(pub u32);

impl Registration {
    /// A registration of this account, refreshed within 300 seconds.
    pub fn new(registrar: SocketAddr, account: Account) -> Self {
        let username = account.username().to_owned();
        Self { registrar, username, account, expires: 300 }
    }

    /// Sets `uac_register_expires`.
    ///
    /// # Errors
    ///
    /// Outside 60 to 3600 seconds, as the form says.
    pub fn expires(mut self, seconds: u32) -> Result<Self, ExpiresOutOfRange> {
        if !(60..=3600).contains(&seconds) {
            return Err(ExpiresOutOfRange(seconds));
        }
        self.expires = seconds;
        Ok(self)
    }

    /// Registers under this name, which is not the one that proves it.
    #[must_use]
    pub fn username(mut self, username: &str) -> Self {
        username.clone_into(&mut self.username);
        self
    }
}

/// A registration under way.
#[derive(Debug)]
pub(super) struct Registering {
    config: Registration,
    prover: Prover,
    call_id: String,
    tag: String,
    cseq: u32,
    key: Option<String>,
    /// What to ask for; the other end may want more.
    asks: u32,
    next: Option<Instant>,
    /// Until when the other end has us.
    pub(super) until: Option<Instant>,
}

impl Registering {
    pub(super) fn new(now: Instant, config: Registration, line: &mut Line) -> Self {
        Self {
            prover: Prover::new(config.account.clone()),
            call_id: format!("{}@{}", line.rng.token(20), line.sip().ip()),
            tag: line.rng.token(10),
            cseq: 0,
            key: None,
            asks: config.expires,
            next: Some(now),
            until: None,
            config,
        }
    }

    pub(super) fn call_id(&self) -> &str {
        &self.call_id
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, line: &mut Line) {
        if self.next.take_if(|at| *at <= now).is_some() {
            self.prover.next();
            self.send(now, None, line);
        }
    }

    /// Ends the registration: REGISTER with zero seconds.
    pub(super) fn leave(&mut self, now: Instant, line: &mut Line) {
        self.asks = 0;
        self.next = None;
        self.prover.next();
        self.send(now, None, line);
    }

    fn send(&mut self, now: Instant, proof: Option<(HeaderName, String)>, line: &mut Line) {
        let Registration { registrar, username, .. } = &self.config;
        self.cseq += 1;
        let aor = format!("<sip:{username}@{registrar}>");
        let mut builder = RequestBuilder::new(Method::REGISTER, format!("sip:{registrar}"))
            .append(&HeaderName::MAX_FORWARDS, 70)
            .append(&HeaderName::FROM, format!("{aor};tag={}", self.tag))
            .append(&HeaderName::TO, aor)
            .append(&HeaderName::CALL_ID, &self.call_id)
            .append(&HeaderName::CSEQ, format!("{} REGISTER", self.cseq))
            .append(&HeaderName::CONTACT, line.contact(username))
            .append(&HeaderName::EXPIRES, self.asks);
        if let Some((name, value)) = proof {
            builder = builder.append(&name, value);
        }
        let (via, branch) = line.via();
        let Ok(request) = builder.build(&via) else { return };
        let key = request_key("REGISTER", &branch);
        line.send_until_stopped(now, &key, Kind::Request, *registrar, request.bytes());
        self.key = Some(key);
    }

    /// A response to a REGISTER. What there is to tell: a final status.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        response: &Response,
        parts: &Parts,
        line: &mut Line,
    ) -> Option<u16> {
        let key = request_key(&parts.method, &parts.branch);
        if self.key.as_deref() != Some(&key) {
            return None;
        }
        let code = response.status().code();
        if code < 200 {
            line.repeats.provisional(&key);
            return None;
        }
        line.repeats.stop(&key);
        self.key = None;
        let headers = response.headers();
        match code {
            401 | 407 => {
                let uri = format!("sip:{}", self.config.registrar);
                let proof = self.prover.answer(headers, "REGISTER", &uri, b"", &mut line.rng);
                if proof.is_some() {
                    self.send(now, proof, line);
                    return None;
                }
            }
            423 => {
                let least = number(headers.raw(&HeaderName::MIN_EXPIRES));
                // A registrar that wants less than was asked for contradicts itself.
                if let Some(least) = least.filter(|least| *least > self.asks) {
                    self.asks = least;
                    self.prover.next();
                    self.send(now, None, line);
                    return None;
                }
            }
            200..300 if self.asks == 0 => {
                self.until = None;
                return Some(code);
            }
            200..300 => {
                let granted = self.granted(headers);
                let granted = Duration::from_secs(u64::from(granted));
                self.until = Some(now + granted);
                // Early enough for one repetition of everything.
                self.next = Some(now + granted * 4 / 5);
                return Some(code);
            }
            _ => {}
        }
        self.fail(now);
        Some(code)
    }

    /// Nothing came back.
    pub(super) fn handle_given_up(&mut self, now: Instant) {
        self.key = None;
        self.fail(now);
    }

    fn fail(&mut self, now: Instant) {
        self.until = None;
        self.next = (self.asks > 0).then_some(now + RETRY);
    }

    /// The seconds that a 200 gives: of our Contact, else of Expires, else what was asked for.
    fn granted(&self, headers: &siptrunk_message::Headers) -> u32 {
        let mut contacts = headers.raw_all(&HeaderName::CONTACT);
        let of_contact = contacts.find_map(|value| expires_of(&String::from_utf8_lossy(value)));
        let of_header = number(headers.raw(&HeaderName::EXPIRES));
        of_contact.or(of_header).unwrap_or(self.asks)
    }
}

fn number(value: Option<&[u8]>) -> Option<u32> {
    std::str::from_utf8(value?).ok()?.trim().parse().ok()
}

/// The `expires` parameter of a Contact.
pub(super) fn expires_of(contact: &str) -> Option<u32> {
    let after = contact.split_once('>').map_or(contact, |(_, after)| after);
    after.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("expires");
        if named { value.split(',').next()?.trim().parse().ok() } else { None }
    })
}
