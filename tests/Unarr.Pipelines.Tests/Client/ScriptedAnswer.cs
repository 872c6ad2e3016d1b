using System.IO.Pipelines;
using System.Net;
using System.Text;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>Answers one request.</summary>
internal sealed class ScriptedAnswer
{
    private readonly Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> _answer;

    private ScriptedAnswer(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) => _answer = answer;

    public static ScriptedAnswer Of(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) => new(answer);

    /// <summary>A stream that ends properly.</summary>
    public static ScriptedAnswer Stream(string text, string type = "text/event-stream", params (string Name, string Value)[] headers) =>
        Body(() => new MemoryStream(Encoding.UTF8.GetBytes(text)), type, headers);

    /// <summary>A stream that breaks off.</summary>
    public static ScriptedAnswer Cut(string text) => Body(() => new CutStream(Encoding.UTF8.GetBytes(text)), "text/event-stream");

    /// <summary>A stream that stays open, and gets what is written to the pipe.</summary>
    public static ScriptedAnswer Open(Pipe pipe, string type = "text/event-stream") => Body(() => pipe.Reader.AsStream(), type);

    public static ScriptedAnswer Status(HttpStatusCode status, string body = "", params (string Name, string Value)[] headers) =>
        new((_, _) => Task.FromResult(With(new HttpResponseMessage(status) { Content = new StringContent(body) }, headers)));

    public static ScriptedAnswer Status(int status, string body = "", params (string Name, string Value)[] headers) =>
        Status((HttpStatusCode)status, body, headers);

    public static ScriptedAnswer Throws(Exception exception) => new((_, _) => Task.FromException<HttpResponseMessage>(exception));

    /// <summary>No answer until the request is cancelled.</summary>
    public static ScriptedAnswer Nothing(TaskCompletionSource? asked = null) => new(async (_, cancellationToken) =>
    {
        asked?.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return null!;
    });

    /// <summary>A handler that no cancelling reaches.</summary>
    public static ScriptedAnswer Deaf(Task<HttpResponseMessage> answer, TaskCompletionSource asked) => new((_, _) =>
    {
        asked.TrySetResult();
        return answer;
    });

    public async Task<HttpResponseMessage> Invoke(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await _answer(request, cancellationToken);

    private static ScriptedAnswer Body(Func<Stream> body, string type, params (string Name, string Value)[] headers) => new((_, _) =>
    {
        var response = new HttpResponseMessage { Content = new StreamContent(body()) };
        if (type.Length > 0)
        {
            response.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return Task.FromResult(With(response, headers));
    });

    private static HttpResponseMessage With(HttpResponseMessage response, (string Name, string Value)[] headers)
    {
        foreach ((string name, string value) in headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return response;
    }

    private sealed class CutStream(byte[] bytes) : ReadStream
    {
        private int _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read == bytes.Length)
            {
                return ValueTask.FromException<int>(new IOException("cut", new System.Net.Sockets.SocketException(104)));
            }

            int length = Math.Min(buffer.Length, bytes.Length - _read);
            bytes.AsSpan(_read, length).CopyTo(buffer.Span);
            _read += length;
            return ValueTask.FromResult(length);
        }
    }
}
