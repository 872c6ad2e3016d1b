using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Unarr.ControlPlane.Demo;

/// <summary>A middlebox: passes requests on, and while it is mute holds back the body of every event stream, with status 200.</summary>
internal sealed class BufferingRelay : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly HttpClient _upstream;
    private volatile TaskCompletionSource? _mute;

    private BufferingRelay(Uri controlPlane)
    {
        _upstream = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = controlPlane,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        _application = builder.Build();
        _application.Run(RelayAsync);
    }

    /// <summary>Where the relay listens.</summary>
    public Uri Address => new(_application.Urls.First());

    public static async Task<BufferingRelay> StartAsync(Uri controlPlane)
    {
        var relay = new BufferingRelay(controlPlane);
        await relay._application.StartAsync().ConfigureAwait(false);
        return relay;
    }

    /// <summary>From now on bytes of event streams are held back.</summary>
    public void Mute() =>
        Interlocked.CompareExchange(ref _mute, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>What was held back goes out, and streams pass again.</summary>
    public void Heal() => Interlocked.Exchange(ref _mute, null)?.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Heal();
        await _application.DisposeAsync().ConfigureAwait(false);
        _upstream.Dispose();
    }

    private async Task RelayAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        try
        {
            using HttpRequestMessage request = Upstream(context.Request);
            using HttpResponseMessage response =
                await _upstream.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, aborted).ConfigureAwait(false);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            // Status and headers go out at once: the agent sees an open stream.
            await context.Response.Body.FlushAsync(aborted).ConfigureAwait(false);
            bool isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
            await CopyAsync(await response.Content.ReadAsStreamAsync(aborted).ConfigureAwait(false), context.Response, isStream, aborted)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
        {
            // Either side has gone: so does the other.
            context.Abort();
        }
    }

    private static HttpRequestMessage Upstream(HttpRequest request)
    {
        var upstream = new HttpRequestMessage(new HttpMethod(request.Method), request.Path + request.QueryString);
        if (request.ContentLength > 0)
        {
            upstream.Content = new StreamContent(request.Body);
            upstream.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        upstream.Headers.TryAddWithoutValidation("Authorization", (string?)request.Headers.Authorization);
        upstream.Headers.TryAddWithoutValidation("Accept", (string?)request.Headers.Accept);
        upstream.Headers.TryAddWithoutValidation("User-Agent", (string?)request.Headers.UserAgent);
        return upstream;
    }

    private async Task CopyAsync(Stream from, HttpResponse to, bool isStream, CancellationToken aborted)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, aborted).ConfigureAwait(false)) > 0)
            {
                if (isStream && _mute is { } mute)
                {
                    await mute.Task.WaitAsync(aborted).ConfigureAwait(false);
                }

                await to.Body.WriteAsync(buffer.AsMemory(0, read), aborted).ConfigureAwait(false);
                await to.Body.FlushAsync(aborted).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
