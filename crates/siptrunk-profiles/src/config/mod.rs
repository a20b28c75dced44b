//! The plain data of a whole configuration, which builders and TOML both fill and the lints judge.

mod credentials;
pub use credentials::{AuthoritySource, CertificateSource};

mod listen;
pub use listen::Listen;

mod media_ports;
pub use media_ports::MediaPorts;

mod route;
pub use route::{
    CallVariables, Dialed, HeaderChange, HeaderMatch, NumberPattern, PatternError, Route,
    RouteAction, Share, ValueMatch,
};
pub(crate) use route::{Conditions, Others};

mod schedule;
pub use schedule::{Schedule, When};

use std::io;
use std::path::Path;

use crate::place::Lines;
use crate::{Day, Finding, Surroundings, Trunk, from_toml, lint, not_yet_built};

/// What happens to a request from an address that no trunk allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum UnknownSource {
    /// It is answered 403.
    #[default]
    Refuse,
    /// It is dropped without a word, as scanners deserve.
    Silence,
}

/// A whole gateway: where it listens, whom it talks to, and what goes where.
///
/// ```
/// use siptrunk_profiles::{Config, Five9, HandBackBy, Listen, MediaPorts, Region, Route, Synthflow};
///
/// let config = Config::default()
///     .listen(Listen::udp("0.0.0.0:5060").advertise("203.0.113.7:5060"))
///     .media(MediaPorts::range("0.0.0.0", 20_000..=29_999).advertise("203.0.113.7"))
///     .trunk(Five9::self_service("gateway.five9.example").number("+12065550100")
///         .max_calls(100).hand_back(HandBackBy::Bye))
///     .trunk(Synthflow::region(Region::Us).number("+12065551234").outbound("agent", "secret"))
///     .route(Route::from("five9").dialed("+12065551234").to("synthflow"))
///     .route(Route::from("synthflow").to("five9"));
/// assert!(config.check().is_ok());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The addresses to listen on.
    pub listen: Vec<Listen>,
    /// The ports that media goes through.
    pub media: Option<MediaPorts>,
    /// The trunks.
    pub trunks: Vec<Trunk>,
    /// The routes, tried in this order; no match is 404.
    pub routes: Vec<Route>,
    /// The hours that routes refer to.
    pub schedules: Vec<Schedule>,
    /// The header names that say a call's skill and user group.
    pub variables: CallVariables,
    /// What happens to requests from addresses that no trunk allows.
    pub unknown_source: UnknownSource,
    /// How long live calls may go on after a stop was asked for, in seconds. Default 5.
    pub shutdown_seconds: u32,
    pub(crate) lines: Lines,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            media: None,
            trunks: Vec::new(),
            routes: Vec::new(),
            schedules: Vec::new(),
            variables: CallVariables::default(),
            unknown_source: UnknownSource::default(),
            shutdown_seconds: 5,
            lines: Lines::default(),
        }
    }
}

/// The same configuration, wherever it came from: the lines of a file do not count.
impl PartialEq for Config {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            listen,
            media,
            trunks,
            routes,
            schedules,
            variables,
            unknown_source,
            shutdown_seconds,
            lines: _,
        } = self;
        *listen == other.listen
            && *media == other.media
            && *trunks == other.trunks
            && *routes == other.routes
            && *schedules == other.schedules
            && *variables == other.variables
            && *unknown_source == other.unknown_source
            && *shutdown_seconds == other.shutdown_seconds
    }
}

impl Config {
    /// Reads a TOML file's text. `environment` looks up `password_env`, `read_file` opens
    /// `password_file`; nothing else is asked for.
    ///
    /// Returns the configuration with its warnings, or every problem at once: of the file's form and
    /// of its meaning ([`Config::lint`]). A configuration that asks for parts that are not built yet
    /// is read like any other; [`Config::check`] refuses it.
    pub fn from_toml(
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        read_file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        from_toml::read(text, &Surroundings::new(environment, read_file))
    }

    /// The same with all that can be told of the world: also who may read the files, and what day it is.
    pub fn from_toml_with(
        text: &str,
        surroundings: &Surroundings<'_>,
    ) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        from_toml::read(text, surroundings)
    }

    /// The same with the relative paths of its TLS files meant from this folder: that of the file that
    /// the configuration was read from.
    #[must_use]
    pub fn relative_to(mut self, folder: &Path) -> Self {
        for listen in &mut self.listen {
            if let Some(CertificateSource::Files { chain, key }) = &mut listen.certificate {
                *chain = folder.join(&chain);
                *key = folder.join(&key);
            }
            if let Some(AuthoritySource::File(path)) = &mut listen.client_ca {
                *path = folder.join(&path);
            }
        }
        for trunk in &mut self.trunks {
            if let Some(AuthoritySource::File(path)) = &mut trunk.tls.ca {
                *path = folder.join(&path);
            }
        }
        self
    }

    /// Everything that is wrong or doubtful about the configuration's meaning, in file order; but for what
    /// grows old: [`Config::lint_at`].
    pub fn lint(&self) -> Vec<Finding> {
        lint::run(self, None)
    }

    /// The same, and what is too old on this day.
    pub fn lint_at(&self, today: Day) -> Vec<Finding> {
        lint::run(self, Some(today))
    }

    /// What the configuration asks for that this version does not have yet; each is an error.
    pub fn not_yet_built(&self) -> Vec<Finding> {
        not_yet_built::run(self)
    }

    /// What a start asks: the warnings, or every finding if one of them is an error.
    pub fn check(&self) -> Result<Vec<Finding>, Vec<Finding>> {
        self.checked(None)
    }

    /// The same, and what is too old on this day.
    pub fn check_at(&self, today: Day) -> Result<Vec<Finding>, Vec<Finding>> {
        self.checked(Some(today))
    }

    fn checked(&self, today: Option<Day>) -> Result<Vec<Finding>, Vec<Finding>> {
        let mut findings = lint::run(self, today);
        findings.extend(self.not_yet_built());
        lint::sort(&mut findings);
        if findings.iter().any(Finding::is_error) { Err(findings) } else { Ok(findings) }
    }

    /// The schedule of this name.
    pub fn schedule_named(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.name == name)
    }

    /// The trunk of this name.
    pub fn trunk_named(&self, name: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.name == name)
    }

    /// Adds an address to listen on.
    #[must_use]
    pub fn listen(mut self, listen: Listen) -> Self {
        self.listen.push(listen);
        self
    }

    /// Sets the ports that media goes through.
    #[must_use]
    pub fn media(mut self, media: MediaPorts) -> Self {
        self.media = Some(media);
        self
    }

    /// Adds a trunk.
    #[must_use]
    pub fn trunk(mut self, trunk: Trunk) -> Self {
        self.trunks.push(trunk);
        self
    }

    /// Adds a route below those that are there.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Adds the hours of a place, for routes.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedules.push(schedule);
        self
    }

    /// Sets the header names that say a call's skill and user group.
    #[must_use]
    pub fn variables(mut self, variables: CallVariables) -> Self {
        self.variables = variables;
        self
    }

    /// Sets what happens to requests from addresses that no trunk allows.
    #[must_use]
    pub fn unknown_source(mut self, unknown_source: UnknownSource) -> Self {
        self.unknown_source = unknown_source;
        self
    }
}
