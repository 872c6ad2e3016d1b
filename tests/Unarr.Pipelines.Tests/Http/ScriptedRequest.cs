using System.IO.Pipelines;
using System.Net;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>One request that waits for the test's answer; cancelling it ends the wait as a real connection's would.</summary>
internal sealed class ScriptedRequest
{
    private readonly ScriptedServer _server;
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedRequest(ScriptedServer server, HttpRequestMessage message, string? body, CancellationToken cancellationToken)
    {
        _server = server;
        Message = message;
        Body = body;
        cancellationToken.Register(() =>
        {
            _cancelled.TrySetResult();
            if (FailureWhenCancelled is { } failure)
            {
                _answer.TrySetException(failure);
            }

            _answer.TrySetCanceled(cancellationToken);
        });
    }

    public HttpRequestMessage Message { get; }

    public string? Body { get; }

    /// <summary>What the cancelled request ends with instead of a cancellation: a connection may break in the very moment.</summary>
    public Exception? FailureWhenCancelled { get; set; }

    public Task<HttpResponseMessage> Answered => _answer.Task;

    public string Host => Message.RequestUri!.Host;

    /// <summary>Ends when the client gives the request up.</summary>
    public Task CancelledAsync() => Signal.Of(_cancelled.Task, $"the end of {Message.RequestUri}");

    public void Fail(Exception exception) => _answer.TrySetException(exception);

    public void Answer(TrackedResponse response)
    {
        if (_answer.TrySetResult(response))
        {
            _server.Responses.Enqueue(response);
        }
    }

    public void Answer(
        HttpStatusCode status, string body = "", string type = "application/json", params (string Name, string Value)[] headers) =>
        Answer(new TrackedResponse(status, body, type, headers));

    public void Json(string json) => Answer(HttpStatusCode.OK, json);

    /// <summary>Opens an event stream; the test writes what the server sends.</summary>
    public PipeWriter Stream()
    {
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false, pauseWriterThreshold: 0));
        Answer(new TrackedResponse(HttpStatusCode.OK, pipe.Reader.AsStream(), "text/event-stream"));
        return pipe.Writer;
    }
}
