using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Unarr.EndToEnd.Tests.Port;

/// <summary>One open event stream of <see cref="DeployedServer"/>: its texts are written in their order.</summary>
internal sealed class DeployedStream(HttpContext context) : IAsyncDisposable
{
    private readonly Channel<string> _texts = Channel.CreateUnbounded<string>();

    public void Write(string text) => _texts.Writer.TryWrite(text);

    /// <summary>Cuts the connection after what was written, without a proper end.</summary>
    public void Cut() => _texts.Writer.TryComplete();

    /// <summary>Writes until the stream is cut or its reader is gone.</summary>
    public async Task RunAsync()
    {
        try
        {
            await foreach (string text in _texts.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        context.Abort();
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }
}
