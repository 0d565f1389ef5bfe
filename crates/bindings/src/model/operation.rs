//! An operation of a model.

use std::sync::OnceLock;

use moonfleet_core::{Map, Shape};
use moonfleet_models::Operation as Model;
use moonfleet_protocols::{Api, needs_token, new_token};

use super::shapes::{Direction, Shapes};
use super::{client, pages, risk};
use crate::operation::{Client, Means, Operation, PendingAnswer};

/// The parameter with the path of the file that gets the bytes of an answer.
pub const DOWNLOAD_TO: &str = "to";

/// What an operation of a model is made of.
pub(crate) struct ModelMeans {
    shapes: &'static Shapes,
    /// The input of an operation whose answer can become a file: the model's, and [`DOWNLOAD_TO`].
    download_input: OnceLock<&'static Shape>,
    pub(crate) operation: &'static Model,
}

pub(super) fn declare(shapes: &'static Shapes, operation: &'static Model) -> Operation {
    let output = || shapes.of_message(operation.output, Direction::Output);
    Operation {
        name: &operation.name,
        api_name: operation.api_name,
        risk: risk::of(shapes.service, operation),
        issues_credentials: false,
        pages: pages::pagination(operation),
        items: pages::items(operation, output()),
        means: Means::Model(ModelMeans { shapes, download_input: OnceLock::new(), operation }),
    }
}

/// The shapes of an operation's messages.
#[derive(Clone, Copy)]
pub(super) struct MessageShapes {
    pub(super) input: &'static Shape,
    pub(super) output: &'static Shape,
}

impl ModelMeans {
    pub(crate) fn input(&self) -> &'static Shape {
        let id = self.operation.input.as_ref().map(|input| input.target);
        if !self.shapes.is_download(self.operation) {
            return self.shapes.of_message(id, Direction::Input);
        }
        self.download_input.get_or_init(|| Box::leak(Box::new(self.shapes.of_download_input(id))))
    }

    pub(crate) fn output(&self) -> &'static Shape {
        self.shapes.of_message(self.operation.output, Direction::Output)
    }

    /// Whether answers are streams of events.
    pub(crate) fn gives_events(&self) -> bool {
        Api::of(self.shapes.service).events(self.operation).is_some()
    }

    pub(crate) fn new_token(&self, uuid: &str) -> String {
        let service = self.shapes.service;
        let parameter = needs_token(service, self.operation);
        parameter.map_or_else(|| uuid.to_owned(), |parameter| new_token(service, parameter, uuid))
    }

    pub(crate) fn send(&self, client: &Client, input: Map) -> PendingAnswer {
        let shapes = MessageShapes { input: self.input(), output: self.output() };
        client::send(client, self.operation, shapes, input)
    }
}
