using System.Net;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>A server by a script: one answer a request, then 204.</summary>
internal sealed class ScriptedHandler(params ScriptedAnswer[] answers) : HttpMessageHandler
{
    private readonly List<SeenRequest> _requests = [];
    private int _open;

    public List<ScriptedAnswer> Answers { get; } = [.. answers];

    /// <summary>How many requests were answered in each place of the script, beginning with this many answers again and again.</summary>
    public bool Repeats { get; init; }

    public int Count
    {
        get
        {
            lock (_requests)
            {
                return _requests.Count;
            }
        }
    }

    /// <summary>Whether two connections were ever open at once.</summary>
    public bool WasConcurrent { get; private set; }

    public SeenRequest this[int index]
    {
        get
        {
            lock (_requests)
            {
                return _requests[index];
            }
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        SeenRequest seen = await SeenRequest.OfAsync(request);
        int number;
        lock (_requests)
        {
            number = _requests.Count;
            _requests.Add(seen);
        }

        WasConcurrent |= Interlocked.Increment(ref _open) > 1;
        try
        {
            ScriptedAnswer answer = Repeats ? Answers[number % Answers.Count]
                : number < Answers.Count ? Answers[number] : ScriptedAnswer.Status(HttpStatusCode.NoContent);
            HttpResponseMessage response = await answer.Invoke(request, cancellationToken);
            response.RequestMessage = request;
            return response;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
