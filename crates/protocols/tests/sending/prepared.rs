//! An HTTP client with prepared answers, which keeps the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;

/// An answer: its status, its headers and its body. No answer is a broken connection.
pub(crate) type Prepared = Option<(u16, Vec<(&'static str, String)>, &'static str)>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    answers: Arc<Mutex<VecDeque<Prepared>>>,
    pub(crate) requests: Arc<Mutex<Vec<Recorded>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Recorder {
    /// Returns a client with these answers, and the configuration that uses it. The last answer is repeated.
    pub(crate) fn with(answers: impl IntoIterator<Item = Prepared>) -> (Recorder, SdkConfig) {
        let recorder = Recorder { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Recorder::default() };
        let config = crate::config_with(SharedHttpClient::new(recorder.clone())).build();
        (recorder, config)
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().expect("no panic").clone()
    }
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let recorded = Recorded { method: request.method().to_owned(), uri: request.uri().to_owned(), headers, body };
        self.requests.lock().expect("no panic").push(recorded);
        let mut answers = self.answers.lock().expect("no panic");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        HttpConnectorFuture::ready(match answer.flatten() {
            Some((status, headers, body)) => {
                let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
                headers.into_iter().for_each(|(name, value)| _ = response.headers_mut().insert(name, value));
                Ok(response)
            }
            None => Err(ConnectorError::io("the connection broke".into())),
        })
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
