//! What the workspace's own tests share: scenes in simulated worlds with the bridge in the middle.

mod bridge_host;
pub use bridge_host::{BridgeHost, Grant};

pub mod phone;

pub mod scene;

/// The README of the workspace, whose code is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The guide for tests of one's own, whose code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing-your-app.md")]
pub struct TestingYourApp;
