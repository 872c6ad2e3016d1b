using Unarr.Agent.Parsing;
using Unarr.Agent.Terminal;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>Reads one event stream until it is closed, and prints its events.</summary>
internal sealed class StreamRead(Surroundings surroundings, ReadOptions options)
{
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        SocketsHttpHandler handler = SseClient.CreateHandler();
        if (options.Authorities is { } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = authorities.Validate;
        }

        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new SseClient(
            http,
            (_, _) => new ValueTask<HttpRequestMessage?>(options.Request.Message(options.Url)),
            options.Client,
            TimeProvider.System,
            new ReadReport(surroundings.Error, options.Request),
            random: null);
        await using (client.ConfigureAwait(false))
        {
            client.ResumeFrom(options.LastEventId);
            try
            {
                await PrintAsync(client, cancellationToken).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ReadExitCode.Interrupted;
            }
            catch (SseException failure)
            {
                await surroundings.Error.WriteLineAsync(OneLine.Of(options.Request.WithoutSecrets(failure.Message))).ConfigureAwait(false);
                return ReadExitCode.Of(failure.Error);
            }
            catch (IOException exception) when (StandardOutput.IsClosed(exception))
            {
                return ReadExitCode.Interrupted;
            }
        }
    }

    /// <summary>An output that nobody reads holds the stream up, as with curl, but no Ctrl-C.</summary>
    private async Task PrintAsync(SseClient client, CancellationToken cancellationToken)
    {
        var gathered = new MemoryStream();
        using var lines = new FrameLines(gathered, base64: false);
        while (await client.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (client.TryRead(out SseFrame frame))
            {
                if (frame.Kind != SseFrameKind.Event)
                {
                    continue;
                }

                if (options.Json)
                {
                    lines.Add(frame, SseDialect.Html);
                }
                else
                {
                    gathered.Write(frame.Data);
                    gathered.Write("\n"u8);
                }
            }

            await lines.FlushAsync().ConfigureAwait(false);
            if (gathered.Length > 0)
            {
                byte[] bytes = gathered.ToArray();
                gathered.SetLength(0);
                await Task.Run(() => Write(bytes), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Write(byte[] bytes)
    {
        surroundings.Output.Write(bytes);
        surroundings.Output.Flush();
    }
}
