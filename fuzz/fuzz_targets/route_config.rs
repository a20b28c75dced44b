//! Any text as a configuration: read, judged, compiled and asked for a route; every finding fits on a line.
#![no_main]

use std::io;
use std::time::{Duration, SystemTime};

use siptrunk_bridge::legs::Parties;
use siptrunk_bridge::{CallQuery, Router};
use siptrunk_message::{Limits, Message};
use siptrunk_profiles::{Config, Finding};

const INVITE: &[u8] = b"INVITE sip:+12065551234@192.0.2.1 SIP/2.0\r\nX-CallSkill: billing\r\nX-UserGroup: night\r\n\r\n";

fn judge(findings: &[Finding]) {
    for finding in findings {
        assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let environment = |_: &str| Some(String::from("secret"));
    let read = Config::from_toml(text, &environment, &|_| Err(io::ErrorKind::NotFound.into()));
    let config = match read {
        Ok((config, warnings)) => {
            judge(&warnings);
            config
        }
        Err(findings) => return judge(&findings),
    };
    judge(&config.check().unwrap_or_else(|findings| findings));
    let router = Router::new(&config);
    let Ok(Message::Request(invite)) = Message::parse(INVITE.into(), &Limits::default()) else {
        return;
    };
    let mut parties = Parties::default();
    for (trunk, dialed) in config.trunks.iter().zip(["+12065551234", "", "100"].into_iter().cycle())
    {
        dialed.clone_into(&mut parties.dialed);
        let Some(trunk) = router.trunk(&trunk.name) else { continue };
        for hour in [0, 12] {
            let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(hour * 3_600);
            let query =
                CallQuery { trunk, parties: &parties, headers: invite.headers(), wall, draw: hour };
            let found = router.find(&query);
            assert!(found.is_none_or(|found| found < config.routes.len()));
        }
    }
});
