//! C005: text that a builder was given and could not read.

use crate::lint::Report;
use crate::place::Section;
use crate::unread::Unread;

pub(crate) fn check(report: &mut Report<'_>) {
    let config = report.config;
    for (index, listen) in config.listen.iter().enumerate() {
        each(report, Section::Listen(index), &listen.unread);
    }
    if let Some(media) = &config.media {
        each(report, Section::Media, &media.unread);
    }
    for (section, trunk) in report.trunks() {
        each(report, section, &trunk.unread);
    }
    for (index, route) in config.routes.iter().enumerate() {
        each(report, Section::Route(index), &route.unread);
    }
    for (index, schedule) in config.schedules.iter().enumerate() {
        each(report, Section::Schedule(index), &schedule.unread);
    }
}

fn each(report: &mut Report<'_>, section: Section, unread: &Unread) {
    for text in unread.iter() {
        report.error("C005", (section, &text.key), &text.reason, text.remedy).value(&text.value);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Five9, Listen, MediaPorts, Route};

    #[test]
    fn every_text_that_cannot_be_read_is_told_at_once() {
        let mut config = good();
        config.listen.push(Listen::udp("nowhere").advertise("a b"));
        config.media = Some(MediaPorts::range("x", 20_000..=20_999).advertise("y"));
        config.trunks.push(
            Five9::self_service("gw five9").name("third").allow("10.0.0.0/40").media_allow("?"),
        );
        config.routes.push(Route::from("third").reject(200).failover([1]));
        let fields: Vec<String> = config
            .lint()
            .into_iter()
            .filter(|finding| finding.code == "C005")
            .map(|finding| finding.field)
            .collect();
        assert_eq!(
            fields,
            [
                "listen[2].bind",
                "listen[2].advertise",
                "media.bind",
                "media.advertise",
                "trunk[third].hosts[0]",
                "trunk[third].inbound.allow[0]",
                "trunk[third].media_allow[0]",
                "route[2].reject",
                "route[2].failover[0]",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_judged_as_well() {
        let mut config = good();
        config.listen[0] = Listen::udp("0.0.0.0:5060").advertise("a b");
        assert_eq!(codes(&config), ["C005"]);
    }
}
