"""Spans kept in memory, and what they were told as part of."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_trace_id

from shared.telemetry.otel import Traced


class Traces:
    """A process's traces, as `Traced` makes them, kept instead of sent."""

    def __init__(self, *, share: float = 1.0, embedded: bool = True) -> None:
        self._kept = InMemorySpanExporter()
        self.tracing = Traced(exporter=self._kept, share=share, embedded=embedded)

    def spans(self) -> list[ReadableSpan]:
        """Those that have ended, in order of their beginning."""
        self.tracing.flush()
        return sorted(self._kept.get_finished_spans(), key=lambda span: span.start_time or 0)

    def forget(self) -> None:
        """As if nothing had been told."""
        self.tracing.flush()
        self._kept.clear()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """The only span of this name."""
        [span] = self.named(name)
        return span

    def parent(self, span: ReadableSpan) -> str:
        """The name of the span that this one is part of; empty for the first of a trace."""
        if span.parent is None:
            return ""
        names = {s.context.span_id: s.name for s in self.spans() if s.context is not None}
        return names.get(span.parent.span_id, "not kept")

    def trace_ids(self) -> set[str]:
        return {format_trace_id(span.context.trace_id) for span in self.spans() if span.context is not None}

    def attribute_values(self) -> Iterator[str]:
        """Every name and value that was told, as text."""
        for span in self.spans():
            yield span.name
            for key, value in (span.attributes or {}).items():
                yield f"{key}={value}"
            for event in span.events:
                yield f"{event.name}={event.attributes}"
            yield str(span.status.description)
