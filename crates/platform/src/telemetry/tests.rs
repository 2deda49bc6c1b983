//! One trace: over a call from side to side, and over a store by a link.

use http::HeaderMap;
use opentelemetry::trace::TraceId;

use super::*;

fn trace_id(span: &Span) -> TraceId {
    span.context().span().span_context().trace_id()
}

#[test]
fn a_call_continues_the_callers_trace() {
    observed::subscribe();
    let origin = tracing::info_span!("origin");
    let mut headers = HeaderMap::new();
    let sent = origin.in_scope(|| rpc::Call::sent("test.Service/Unary", &mut headers));
    let received = rpc::Call::received("test.Service/Unary", &headers);
    assert_ne!(trace_id(&origin), TraceId::INVALID);
    assert_eq!(trace_id(sent.span()), trace_id(&origin));
    assert_eq!(trace_id(received.span()), trace_id(&origin));
}

#[test]
fn a_stranger_without_a_trace_starts_one() {
    observed::subscribe();
    for malformed in ["", "00-0-0-01", "nonsense"] {
        let headers =
            HeaderMap::from_iter([("traceparent".parse().unwrap(), malformed.parse().unwrap())]);
        let received = rpc::Call::received("test.Service/Unary", &headers);
        assert_ne!(trace_id(received.span()), TraceId::INVALID, "{malformed}");
    }
}

#[test]
fn what_is_kept_names_the_trace_it_came_from() {
    observed::subscribe();
    let origin = tracing::info_span!("origin");
    let kept = origin.in_scope(traceparent).unwrap();
    assert!(kept.contains(&trace_id(&origin).to_string()), "{kept}");
    let later = tracing::info_span!("later");
    link(&later, &kept);
    link(&later, "nonsense");
    assert_ne!(trace_id(&later), trace_id(&origin), "linked, not continued");
    assert_eq!(
        traceparent(),
        None,
        "nothing is kept where there is no span"
    );
}
