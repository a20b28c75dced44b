//! A provider that this crate does not know, as one value of data: `docs/profiles.md` walks through it.

use siptrunk_profiles::{
    Config, HeaderFacts, Listen, MediaPorts, NumberPolicy, Provider, Region, Route, Synthflow,
    Trunk,
};

/// Acme, a carrier: one host for all customers, a port of its own, numbers without `+`.
static ACME: Provider = Provider {
    name: "acme",
    host: Some("sip.acme.example"),
    port: Some(5080),
    tls_port: Some(5081),
    takes_tcp: true,
    numbers: NumberPolicy::Digits,
    headers: HeaderFacts { custom: true, ..HeaderFacts::NONE },
    ..Provider::GENERIC
};

fn main() {
    let config = Config::default()
        .listen(Listen::udp("0.0.0.0:5060").advertise("203.0.113.7:5060"))
        .media(MediaPorts::range("0.0.0.0", 20_000..=29_999).advertise("203.0.113.7"))
        .trunk(
            Trunk::of(&ACME)
                .outbound("4711", "secret")
                .register(true)
                .number("12065550100")
                .calls_per_second(5),
        )
        .trunk(Synthflow::region(Region::Us).number("+12065551234"))
        .route(Route::from("acme").to("synthflow"))
        .route(Route::from("synthflow").to("acme"));
    let acme = &config.trunks[0];
    println!("calls go to {}", acme.hosts[0]);
    println!("+12065550199 is dialled there as {:?}", acme.number_policy.write("+12065550199"));
    match config.check() {
        Ok(warnings) => println!("it starts, with {} warnings", warnings.len()),
        Err(findings) => print!("{}", siptrunk_profiles::Findings::new(&findings)),
    }
}
