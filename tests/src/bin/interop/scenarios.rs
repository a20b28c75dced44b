//! What is played, and what has to be seen.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use siptrunk::message::Transport;

use crate::audio::{self, Receivers};
use crate::gateway::{Gateway, Setup};
use crate::loss;
use crate::next_hop;
use crate::process::Process;
use crate::sipp::Part;
use crate::stage::{FIVE9, STRANGER, SYNTHFLOW, Stage};
use crate::streams;
use crate::wire::Conversation;

/// One scenario: gives the evidence, or says what was wrong.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) play: fn(&Stage<'_>) -> Result<String, String>,
}

pub(crate) const SCENARIOS: &[&[Scenario]] =
    &[OVER_UDP, streams::SCENARIOS, next_hop::SCENARIOS, loss::SCENARIOS];

const OVER_UDP: &[Scenario] = &[
    Scenario { name: "caller-hangs-up", play: caller_hangs_up },
    Scenario { name: "callee-hangs-up", play: callee_hangs_up },
    Scenario { name: "synthflow-calls-five9", play: synthflow_calls_five9 },
    Scenario { name: "cancel-while-ringing", play: cancel_while_ringing },
    Scenario { name: "busy", play: busy },
    Scenario { name: "hand-back", play: hand_back },
    Scenario { name: "digest-401", play: digest_401 },
    Scenario { name: "digest-407", play: digest_407 },
    Scenario { name: "digest-wrong-password", play: digest_wrong_password },
    Scenario { name: "digest-from-caller", play: digest_from_caller },
    Scenario { name: "digest-caller-wrong", play: digest_caller_wrong },
    Scenario { name: "stranger", play: stranger },
    Scenario { name: "shutdown-with-a-call", play: shutdown_with_a_call },
    Scenario { name: "check-wrong-file", play: check_wrong_file },
    Scenario { name: "fifty-calls-with-audio", play: fifty_calls_with_audio },
];

/// The agent's number at Synthflow.
pub(crate) const AGENT: &str = "+12065551234";
/// Somebody whom Five9 reaches.
pub(crate) const PERSON: &str = "+12065550199";

/// What the two SIPp instances saw.
pub(crate) struct Call {
    pub(crate) caller: Conversation,
    pub(crate) callee: Conversation,
}

impl Call {
    pub(crate) fn evidence(&self) -> String {
        format!("caller {}  callee {}", self.caller.ladder(), self.callee.ladder())
    }
}

/// A call of Five9 to Synthflow through a gateway of its own, which has to stop at once afterwards.
fn call(stage: &Stage<'_>, setup: &Setup, caller: &str, callee: &str) -> Result<Call, String> {
    let caller = Part::caller(caller, stage.five9, AGENT);
    play(stage, setup, &caller, &Part::callee(callee, stage.synthflow))
}

/// The same, whoever calls.
pub(crate) fn play(
    stage: &Stage<'_>,
    setup: &Setup,
    caller: &Part<'_>,
    callee: &Part<'_>,
) -> Result<Call, String> {
    let gateway = Gateway::start(stage, setup)?;
    let call = converse(stage, caller, callee)?;
    gateway.stop_idle()?;
    Ok(call)
}

/// A call, or as many as the parts say, through a gateway that runs.
pub(crate) fn converse(
    stage: &Stage<'_>,
    caller: &Part<'_>,
    callee: &Part<'_>,
) -> Result<Call, String> {
    let answering = callee.start(stage)?;
    let calling = caller.start(stage)?;
    let (calling, answering) = (calling.finish(), answering.finish());
    let call = match (calling, answering) {
        (Ok(caller), Ok(callee)) => Call { caller, callee },
        // Both: what one saw often says why the other failed.
        (Err(one), Err(other)) => return Err(format!("{one}; {other}")),
        (Err(one), Ok(other)) => return Err(format!("{one}; the far end: {}", other.ladder())),
        (Ok(one), Err(other)) => return Err(format!("{other}; the caller: {}", one.ladder())),
    };
    nothing_shines_through(&call, caller.at, callee.at)?;
    for (side, part, seen) in [("caller", caller, &call.caller), ("callee", callee, &call.callee)] {
        let (transport, gateway) = part.meets_gateway(stage);
        named_by_its_transport(seen, transport, gateway)
            .map_err(|problem| format!("the {side} received {problem}"))?;
    }
    Ok(call)
}

/// The gateway is the end of both dialogs: no address and no Call-ID of one side reaches the other.
fn nothing_shines_through(
    call: &Call,
    caller: SocketAddr,
    callee: SocketAddr,
) -> Result<(), String> {
    for (side, seen, hidden) in [("caller", &call.caller, callee), ("callee", &call.callee, caller)]
    {
        if let Some(message) = seen.received_with(&hidden.ip().to_string()) {
            let kind = message.kind();
            return Err(format!("the {side} received {kind} with the far address {hidden}"));
        }
    }
    // Not of the INVITE: SIPp does not log what it wrote before its connection was open.
    match call.callee.received_with(call.caller.call_id()?) {
        Some(message) => Err(format!("the caller's Call-ID is in {}", message.kind())),
        None => Ok(()),
    }
}

/// Towards each side the gateway is where that side reaches it: the Via of its requests and its
/// Contacts name the transport that they came over (RFC 3261 18.1.1, 19.1.1), and our address.
fn named_by_its_transport(
    seen: &Conversation,
    transport: Transport,
    gateway: SocketAddr,
) -> Result<(), String> {
    let sent_by = format!("SIP/2.0/{} {gateway};", transport.as_str());
    let place = match transport {
        Transport::Udp => format!("@{gateway}>"),
        _ => format!("@{gateway};transport={}>", transport.param()),
    };
    for message in seen.all_received() {
        let kind = message.kind();
        let via = message.last_via();
        if !message.is_response() && !via.starts_with(&sent_by) {
            return Err(format!("{kind} over {transport} with the Via `{via}`"));
        }
        match message.header("Contact") {
            Some(contact) if !contact.contains(&place) => {
                return Err(format!("{kind} over {transport} with the Contact `{contact}`"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn caller_hangs_up(stage: &Stage<'_>) -> Result<String, String> {
    let call = call(stage, &Setup::default(), "caller-hangs-up.xml", "callee-takes.xml")?;
    Ok(call.evidence())
}

fn callee_hangs_up(stage: &Stage<'_>) -> Result<String, String> {
    let call = call(stage, &Setup::default(), "caller-waits.xml", "callee-hangs-up.xml")?;
    Ok(call.evidence())
}

fn synthflow_calls_five9(stage: &Stage<'_>) -> Result<String, String> {
    let caller = Part::caller("caller-hangs-up.xml", stage.synthflow, PERSON);
    let callee = Part::callee("callee-takes.xml", stage.five9);
    let call = play(stage, &Setup::default(), &caller, &callee)?;
    let line = call.callee.received("INVITE")?.text.lines().next().unwrap_or_default();
    if !line.contains(PERSON) {
        return Err(format!("the dialled number is not in `{line}`"));
    }
    Ok(call.evidence())
}

fn cancel_while_ringing(stage: &Stage<'_>) -> Result<String, String> {
    let call = call(stage, &Setup::default(), "caller-cancels.xml", "callee-is-cancelled.xml")?;
    Ok(call.evidence())
}

fn busy(stage: &Stage<'_>) -> Result<String, String> {
    let call = call(stage, &Setup::default(), "caller-hears-busy.xml", "callee-is-busy.xml")?;
    Ok(call.evidence())
}

fn hand_back(stage: &Stage<'_>) -> Result<String, String> {
    let setup = Setup::default();
    let call = call(stage, &setup, "caller-takes-hand-back.xml", "callee-hands-back.xml")?;
    carried(&call)
}

/// That the headers of INVITE and BYE of a hand-back arrived as they were.
pub(crate) fn carried(call: &Call) -> Result<String, String> {
    let invite =
        same_headers(&call.caller.sent("INVITE")?.custom_headers(), &call.callee, "INVITE", 5)?;
    let bye = same_headers(&call.callee.sent("BYE")?.custom_headers(), &call.caller, "BYE", 10)?;
    Ok(format!("{bye} headers of the BYE and {invite} of the INVITE carried byte for byte"))
}

/// Compares the `X-` lines of what one side sent with those that the other received: all of them,
/// in their order, and no others.
pub(crate) fn same_headers(
    sent: &[&str],
    other: &Conversation,
    kind: &str,
    count: usize,
) -> Result<usize, String> {
    let received = other.received(kind)?.custom_headers();
    if sent.len() != count || sent != received {
        return Err(format!("{kind} with {sent:?} arrived with {received:?}"));
    }
    Ok(count)
}

fn digest_401(stage: &Stage<'_>) -> Result<String, String> {
    verified(&call(stage, &Setup::default(), "caller-hangs-up.xml", "callee-verifies.xml")?)
}

/// That a callee that asks for credentials was given the right ones.
pub(crate) fn verified(call: &Call) -> Result<String, String> {
    // The callee lets only a right answer in; that the caller saw none of it is for us to see.
    if call.caller.count_received("401") > 0 || call.callee.count_received("BYE") == 0 {
        return Err(call.evidence());
    }
    Ok(format!("verified by SIPp: {}", call.evidence()))
}

fn digest_407(stage: &Stage<'_>) -> Result<String, String> {
    let mut verdicts = Vec::new();
    // The second round shows that the verifier can say no.
    for (password, verdict) in [("right", "200"), ("wrong", "403")] {
        let setup = Setup { password, ..Setup::default() };
        let call = call(stage, &setup, "caller-hangs-up.xml", "callee-challenges.xml")?;
        let invite = call.callee.received_with("Proxy-Authorization:");
        let invite = &invite.ok_or("no INVITE with credentials")?.text;
        let shown = invite.replace("\r\nProxy-Authorization:", "\r\nAuthorization:");
        let said = ask_verifier(stage, &shown)?;
        if said != verdict {
            return Err(format!("SIPp's verifier says {said} to the {password} password"));
        }
        verdicts.push(format!("{password} password: {said}, {}", call.callee.ladder()));
    }
    Ok(verdicts.join("; "))
}

/// Shows an INVITE to SIPp's verifier, and gives the status that it answers.
fn ask_verifier(stage: &Stage<'_>, invite: &str) -> Result<String, String> {
    let at = stage.extra(SYNTHFLOW)?;
    let verifier = Part::callee("verifier.xml", at).start(stage)?;
    let asked = UdpSocket::bind((SYNTHFLOW, 0))
        .and_then(|socket| socket.send_to(invite.as_bytes(), at))
        .map_err(|error| format!("asking the verifier: {error}"));
    asked?;
    let seen = verifier.finish()?;
    ["200", "403"]
        .into_iter()
        .find(|status| seen.sent(status).is_ok())
        .map(str::to_owned)
        .ok_or_else(|| format!("the verifier answered nothing: {}", seen.ladder()))
}

fn digest_wrong_password(stage: &Stage<'_>) -> Result<String, String> {
    let setup = Setup { password: "wrong", ..Setup::default() };
    let call = call(stage, &setup, "caller-refused-500.xml", "callee-refuses-password.xml")?;
    let tries = call.callee.attempts("INVITE");
    if tries != 2 {
        return Err(format!("{tries} tries with a wrong password: {}", call.evidence()));
    }
    let warning = call.caller.received("500")?.header("Warning").unwrap_or_default();
    Ok(format!("{tries} tries, then 500 with Warning: {warning}"))
}

fn digest_from_caller(stage: &Stage<'_>) -> Result<String, String> {
    let setup = Setup { file: "digest.toml", ..Setup::default() };
    let call = call(stage, &setup, "caller-authenticates.xml", "callee-takes.xml")?;
    // Credentials are for us, not for the far end (RFC 3261 22.3).
    if call.callee.received_with("Authorization:").is_some() {
        return Err("the caller's credentials reached the far end".to_owned());
    }
    Ok(call.evidence())
}

fn digest_caller_wrong(stage: &Stage<'_>) -> Result<String, String> {
    let setup = Setup { file: "digest.toml", ..Setup::default() };
    let at = stage.five9;
    refused(stage, &setup, &Part::caller("caller-fails-to-authenticate.xml", at, AGENT))
}

fn stranger(stage: &Stage<'_>) -> Result<String, String> {
    let at = stage.extra(STRANGER)?;
    refused(stage, &Setup::default(), &Part::caller("caller-refused-403.xml", at, AGENT))
}

/// A call that is refused before anybody is dialled.
fn refused(stage: &Stage<'_>, setup: &Setup, caller: &Part<'_>) -> Result<String, String> {
    let gateway = Gateway::start(stage, setup)?;
    let caller = caller.start(stage)?.finish()?;
    let output = gateway.stop_idle()?;
    if output.contains(" dialled: ") {
        return Err("the far end was dialled for a refused call".to_owned());
    }
    Ok(format!("caller {}", caller.ladder()))
}

fn shutdown_with_a_call(stage: &Stage<'_>) -> Result<String, String> {
    const GRACE: u32 = 2;
    let setup = Setup { shutdown_seconds: GRACE, ..Setup::default() };
    let mut gateway = Gateway::start(stage, &setup)?;
    let callee = Part::callee("callee-is-stopped.xml", stage.synthflow).start(stage)?;
    let caller = Part::caller("caller-is-stopped.xml", stage.five9, AGENT).start(stage)?;
    gateway.expect(" answered", Duration::from_secs(5))?;
    gateway.tell_to_stop()?;
    gateway.expect("SIGTERM", Duration::from_secs(1))?;
    // A second call while the first one still has its grace.
    let at = stage.extra(FIVE9)?;
    let late = Part { media_offset: 10, ..Part::caller("caller-refused-503.xml", at, AGENT) };
    let late = late.start(stage)?.finish()?;
    let (caller, callee) = (caller.finish()?, callee.finish()?);
    let limit = Duration::from_secs(u64::from(GRACE) + 2);
    gateway.stopped(limit)?;
    let reasons = [&caller, &callee].map(|side| {
        side.received("BYE").map(|bye| bye.header("Reason").unwrap_or_default().to_owned())
    });
    let [to_caller, to_callee] = reasons;
    Ok(format!(
        "new call {}; BYE to both (Reason: {} | {}); exit status 0",
        late.ladder(),
        to_caller?,
        to_callee?
    ))
}

fn check_wrong_file(stage: &Stage<'_>) -> Result<String, String> {
    // Where the problems of wrong.toml are, and what each line of the output has to name.
    const PROBLEMS: [(usize, &str); 6] = [
        (4, "bind"),
        (8, "ports"),
        (14, "hosts"),
        (15, "did you mean numbers"),
        (16, "did you mean bye"),
        (20, "nowhere"),
    ];
    let mut command = Command::new(stage.gateway_program());
    command.arg("--check").arg("--config").arg(stage.scenario("wrong.toml"));
    let mut check = Process::start("check", &mut command, stage.folder())?;
    let status = check.wait(Duration::from_secs(10))?;
    if status.code() != Some(2) {
        return Err(format!("--check of a wrong file ended with {status}, not 2"));
    }
    let output = check.output();
    for (line, text) in PROBLEMS {
        let line = format!(" line {line}: ");
        if !output.lines().any(|told| told.contains(&line) && told.contains(text)) {
            return Err(format!("no line of the output has `{line}` and `{text}`"));
        }
    }
    Ok(format!("exit status 2, all {} problems named with their lines", PROBLEMS.len()))
}

fn fifty_calls_with_audio(stage: &Stage<'_>) -> Result<String, String> {
    const CALLS: u16 = 50;
    let recording = audio::recording(stage.ground.recording())?;
    // The scenarios announce [auto_media_port+1000]: SIPp itself holds the port it was given.
    let announced = stage.ground.media_port() + 1000;
    let at_caller = Receivers::bind(FIVE9, announced, CALLS)?;
    let at_callee = Receivers::bind(SYNTHFLOW, announced, CALLS)?;
    let limit = Duration::from_secs(25);
    let calls = usize::from(CALLS);
    let caller = Part { calls, limit, ..Part::caller("caller-plays.xml", stage.five9, AGENT) };
    let callee = Part { calls, limit, ..Part::callee("callee-plays.xml", stage.synthflow) };

    let gateway = Gateway::start(stage, &Setup::default())?;
    let answering = callee.start(stage)?;
    let calling = caller.start(stage)?;
    calling.finish()?;
    answering.finish()?;
    let output = gateway.stop_idle()?;
    let together = output.lines().take_while(|line| !line.contains(" ended after "));
    let together = together.filter(|line| line.contains(" answered")).count();
    if together != calls {
        return Err(format!("only {together} of {calls} calls stood at once"));
    }
    let (caller, callee) = (at_caller.finish(&recording)?, at_callee.finish(&recording)?);
    caller.expect_whole(calls, "the caller")?;
    callee.expect_whole(calls, "the far end")?;
    Ok(format!(
        "{together} calls at once; {} streams, {} packets arrived at the caller, {} and {} at the \
         far end, each octet as recorded; sequence gaps: {}",
        caller.streams,
        caller.packets,
        callee.streams,
        callee.packets,
        caller.gaps + callee.gaps
    ))
}
