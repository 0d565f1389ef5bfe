//! An operation of a model.

use moonfleet_core::{Map, Shape};
use moonfleet_models::{Operation as Model, Protocol};
use moonfleet_protocols::{needs_token, new_token};

use super::shapes::{Direction, Shapes};
use super::{client, pages, risk};
use crate::operation::{Client, Means, Operation, PendingAnswer};

/// What an operation of a model is made of.
pub(crate) struct ModelMeans {
    shapes: &'static Shapes,
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
        means: Means::Model(ModelMeans { shapes, operation }),
    }
}

impl ModelMeans {
    pub(crate) fn input(&self) -> &'static Shape {
        self.shapes.of_message(self.operation.input.as_ref().map(|input| input.target), Direction::Input)
    }

    pub(crate) fn output(&self) -> &'static Shape {
        self.shapes.of_message(self.operation.output, Direction::Output)
    }

    pub(crate) fn unfollowed_token(&self) -> Option<&'static str> {
        pages::unfollowed_token(self.operation, self.output())
    }

    pub(crate) fn sends_empty_lists(&self) -> bool {
        !matches!(self.shapes.service.protocol(), Protocol::Query | Protocol::Ec2)
    }

    pub(crate) fn new_token(&self, uuid: &str) -> String {
        let service = self.shapes.service;
        let parameter = needs_token(service, self.operation);
        parameter.map_or_else(|| uuid.to_owned(), |parameter| new_token(service, parameter, uuid))
    }

    pub(crate) fn send(&self, client: &Client, input: Map) -> PendingAnswer {
        client::send(client, self.operation, self.output(), input)
    }
}
