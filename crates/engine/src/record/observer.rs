//! The observer that records all calls.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use moonfleet_bindings::{Answer, Operation, Polled, Service};
use moonfleet_client::{CallObserver, ObservedCall, Session};
use moonfleet_core::{CallFailure, Error, Map};

use super::wire::SdkCallRecorder;
use super::{RecordedCall, Recorder, begin, end, end_poll};

/// A recorder in the form that sessions use.
pub struct RecordObserver(pub Arc<Recorder>);

impl CallObserver for RecordObserver {
    fn begin<'a>(
        &'a self,
        session: &'a Arc<Session>,
        service: &'static Service,
        operation: &'static Operation,
        input: &'a Map,
    ) -> BoxFuture<'a, Result<Box<dyn ObservedCall>, Error>> {
        let beginning = begin(&self.0, session, service, operation, input);
        beginning.map(|call| call.map(|call| Box::new(call) as Box<dyn ObservedCall>)).boxed()
    }

    fn interceptor(&self, session: Arc<Session>, service: &'static str) -> SharedInterceptor {
        SharedInterceptor::new(SdkCallRecorder { recorder: self.0.clone(), session, service })
    }
}

impl ObservedCall for RecordedCall {
    fn end(self: Box<Self>, operation: &Operation, result: &Result<Answer, Error>) {
        end(*self, operation, result);
    }

    fn end_poll(self: Box<Self>, result: &Result<Polled, CallFailure>) {
        end_poll(*self, result);
    }
}
